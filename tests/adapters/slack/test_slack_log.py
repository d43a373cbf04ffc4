"""Nothing that people write in Slack is in the log, whatever goes wrong with it."""

from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette

from bot.chat.slack.adapter import SlackChat
from bot.chat.slack.hearing.http import EVENTS, http_routes
from bot.chat.slack.listen import Listener
from bot.log import configure
from bot.settings import Settings
from cohorts.events import AccountRef
from cohorts.messages import Button, Buttons, Message
from cohorts.ports import SendFailedError
from cohorts.values import Frozen
from tests.adapters.slack.test_slack_listening import Frail, hearing, post_to
from tests.fakes.slack.server import FakeSlack

WORDS = "Maria Lopez cried today"


class Kept(Frozen):
    number: int


@dataclass
class Forgetful(Frail):
    """A desk that cannot read what another version of it has kept."""

    async def home(self, account: AccountRef) -> Message:
        Kept.model_validate({"number": WORDS})
        return Message(text="")


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    configure(Settings(_env_file=None, log="json"))  # type: ignore[call-arg]
    return capsys


@pytest.mark.parametrize(("late", "secret"), [(400, ""), (0, "another"), (400, "another")])
@pytest.mark.parametrize("form", [True, False])
async def test_a_badly_signed_body_leaves_none_of_its_words(
    slack: FakeSlack, logged: pytest.CaptureFixture[str], late: int, secret: str, form: bool
) -> None:
    """Ours after the secret was made anew at Slack alone, or with a clock that is minutes off; or a stranger's."""
    app = Starlette(routes=list(http_routes(Listener(Frail(), None).hear, slack.signing_secret + secret)))  # type: ignore[arg-type]
    body = urlencode({"payload": f'{{"text": "{WORDS}"}}'}).encode() if form else f'{{"text": "{WORDS}"}}'.encode()
    headers = slack.courier.sign(body)
    if late:
        stamp = "X-Slack-Request-Timestamp"
        headers[stamp] = str(int(headers[stamp]) - late)
    headers["Content-Type"] = "application/x-www-form-urlencoded" if form else "application/json"
    assert (await post_to(app, EVENTS, headers, body))[0] == 401
    told = logged.readouterr()
    assert not {word for word in WORDS.split() if word in told.err + told.out}


async def test_what_an_error_says_is_not_told(slack: FakeSlack, logged: pytest.CaptureFixture[str]) -> None:
    async with hearing(slack, Forgetful()):
        await slack.workspace("T1").user("Ann").opens_home()
        await slack.quiet()
        for _ in range(50):
            await slack.notice()
    told = logged.readouterr()
    assert "slack_answer_failed" in told.err
    assert "ValidationError" in told.err
    assert "Maria" not in told.err + told.out


async def test_a_message_that_cannot_be_drawn_is_not_repeated(chat: SlackChat) -> None:
    long = Message(text=WORDS, blocks=(Buttons(items=(Button(label=WORDS, action="a" * 300),)),))
    with pytest.raises(SendFailedError) as refused:
        await chat.send("k1", "T1", "C1", long)
    assert "Maria" not in str(refused.value)
