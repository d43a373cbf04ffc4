"""Interactions as discord.py answers them: at once or later, too late, twice, in a modal, for one person alone."""

import discord
import pytest
from discord import ui

from tests.adapters.discord_fake.conftest import NOBODY, Bot, connected
from tests.fakes.discord.faults import RateLimited, Reset, ServerError
from tests.fakes.discord.gestures import NotPossibleError
from tests.fakes.discord.server import FakeDiscord

CALLBACK = "POST /interactions/{interaction_id}/{interaction_token}/callback"


class Words(ui.Modal, title="Your words"):
    text: ui.Label[ui.TextInput] = ui.Label(text="Words", component=ui.TextInput(custom_id="text", max_length=20))
    kind: ui.Label[ui.Select] = ui.Label(
        text="Kind",
        component=ui.Select(
            custom_id="kind", options=[discord.SelectOption(label="Note", value="note")], required=False
        ),
    )


class Door(ui.LayoutView):
    row: ui.ActionRow = ui.ActionRow()

    def __init__(self) -> None:
        super().__init__(timeout=None)
        self.add_item(ui.TextDisplay("Come in"))

    @row.button(label="Open", custom_id="door:open")
    async def open(self, interaction: discord.Interaction, _button: ui.Button) -> None:
        await interaction.response.send_modal(Words())


async def test_a_slash_command_is_put_once_and_answered(fake: FakeDiscord) -> None:
    town = fake.guild("Spur ISD")
    ann, ben = town.user("Ann"), town.user("Ben")
    async with connected(fake) as bot:
        with pytest.raises(NotPossibleError):
            await ann.uses("/hello")
        await bot.tree.sync()
        done = await ann.uses("/hello", town.general, name="world")
        assert done.words == "Hello world"
        assert [one.words for one in ann.reads(town.general)] == ["Hello world"]
        assert ben.reads(town.general) == []
        first = next(iter(fake.commands[""].values()))
        await bot.tree.sync()
        assert next(iter(fake.commands[""].values())) == first


async def test_a_button_opens_a_modal_and_what_is_sent_arrives(fake: FakeDiscord) -> None:
    town = fake.guild("Spur ISD")
    ann = town.user("Ann")
    async with connected(fake) as bot:
        bot.add_view(Door())
        channel = bot.get_channel(int(town.general))
        assert isinstance(channel, discord.TextChannel)
        await channel.send(view=Door(), nonce="n1", allowed_mentions=NOBODY)
        (message,) = town.messages(town.general)
        assert message.words == "Open\nCome in"
        opened = await ann.presses(message, "Open")
        assert opened.answered == 9
        with pytest.raises(NotPossibleError):
            await ann.submits({"text": ""})
        with pytest.raises(NotPossibleError):
            await ann.submits({"text": "far more than twenty letters"})
        heard = list[dict[str, object]]()

        async def answers(interaction: discord.Interaction) -> None:
            if interaction.type is discord.InteractionType.modal_submit:
                heard.append(dict(interaction.data or {}))
                await interaction.response.defer(ephemeral=True, thinking=True)
                await interaction.followup.send("Kept.", allowed_mentions=NOBODY)

        bot.answers = answers
        done = await ann.submits({"text": "short", "kind": "note"})
        assert [one.words for one in await ann.sees(done)] == ["Kept."]
        assert done.shown[0].only_for == ann.id
        labels = heard[0]["components"]
        assert isinstance(labels, list)
        assert [one["component"].get("value", one["component"].get("values")) for one in labels] == ["short", ["note"]]


async def test_who_is_late_or_answers_twice_is_told(fake: FakeDiscord) -> None:
    town = fake.guild("Spur ISD")
    ann = town.user("Ann")
    codes = list[int]()

    async with connected(fake) as bot:
        await bot.tree.sync()

        async def late(interaction: discord.Interaction) -> None:
            await fake.advance(3.1)
            try:
                await interaction.response.defer()
            except discord.NotFound as error:
                codes.append(error.code)

        bot.tree.clear_commands(guild=None)
        bot.answers = late
        done = await ann.uses("/hello", town.general)
        await fake.until(lambda: codes)
        assert (done.answered, done.late) == (0, True)

        async def twice(interaction: discord.Interaction) -> None:
            await interaction.response.defer(ephemeral=True)
            interaction.response._response_type = None
            try:
                await interaction.response.send_message("again", allowed_mentions=NOBODY)
            except discord.HTTPException as error:
                codes.append(error.code)
            await fake.advance(901)
            try:
                await interaction.followup.send("too late", allowed_mentions=NOBODY)
            except discord.HTTPException as error:
                codes.append(error.code)

        bot.answers = twice
        await ann.uses("/hello", town.general)
        await fake.until(lambda: len(codes) == 3)
        assert codes == [10062, 40060, 50027]


async def test_a_create_that_is_repeated_under_its_nonce_is_one(fake: FakeDiscord) -> None:
    town = fake.guild("Spur ISD")
    async with connected(fake) as bot:
        channel = bot.get_channel(int(town.general))
        assert isinstance(channel, discord.TextChannel)
        fake.faults.add(Reset("after"), "POST /channels/{channel_id}/messages")
        with pytest.raises(Exception, match="disconnected"):
            await channel.send("once", nonce="key", allowed_mentions=NOBODY)
        await channel.send("once", nonce="key", allowed_mentions=NOBODY)
        assert len(town.messages(town.general)) == 1
        fake.faults.add(ServerError("after", 502), "POST /channels/{channel_id}/messages")
        await channel.send("twice", nonce="other", allowed_mentions=NOBODY)
        assert len(town.messages(town.general)) == 2
        await fake.advance(301)
        await channel.send("once", nonce="key", allowed_mentions=NOBODY)
        assert len(town.messages(town.general)) == 3


@pytest.mark.slow
async def test_of_two_kinds_of_too_many_discord_py_waits_for_one(fake: FakeDiscord) -> None:
    town = fake.guild("Spur ISD")
    async with connected(fake) as bot:
        channel = bot.get_channel(int(town.general))
        assert isinstance(channel, discord.TextChannel)
        fake.faults.add(RateLimited(0.05), "POST /channels/{channel_id}/messages")
        await channel.send("waits", nonce="1", allowed_mentions=NOBODY)
        fake.faults.add(RateLimited(ours=False), "POST /channels/{channel_id}/messages")
        with pytest.raises(discord.HTTPException):
            await channel.send("is banned", nonce="2", allowed_mentions=NOBODY)
        fake.buckets.on = True
        for number in range(6):
            await channel.send(str(number), nonce=f"b{number}", allowed_mentions=NOBODY)
        assert fake.buckets.told == 0
        assert len(fake.called("POST /channels/{channel_id}/messages")) == 9


async def test_what_discord_would_refuse_is_refused_and_told(fake: FakeDiscord) -> None:
    town = fake.guild("Spur ISD")
    async with connected(fake, Bot()) as bot:
        channel = bot.get_channel(int(town.general))
        assert isinstance(channel, discord.TextChannel)
        with pytest.raises(discord.HTTPException) as error:
            await channel.send("x" * 2001, nonce="1", allowed_mentions=NOBODY)
        assert error.value.code == 50035
        await channel.send("who is called? @everyone", allowed_mentions=discord.AllowedMentions.all())
        found = " ".join(fake.take_violations())
        assert "content of more than 2000 characters" in found
        assert "everyone may be called" in found
