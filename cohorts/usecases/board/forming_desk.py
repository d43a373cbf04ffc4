"""Forming cohorts in a chat: look at the proposal, move somebody, approve. Everything is decided as on the page."""

from collections.abc import Iterator, Mapping

from cohorts.cards.basics import button, card, primary, row, whisper, words
from cohorts.cards.leading import why_failed
from cohorts.due_ports import Failed
from cohorts.events import FieldErrors, OpenForm, Response, Whisper
from cohorts.forming.edit import NEW, WAITING
from cohorts.forming.model import Group, Proposal
from cohorts.messages import Button, Buttons, ChoiceField, Form, Message, Option, Section, plain, shorten
from cohorts.ports import Transaction
from cohorts.usecases.ask import Ask
from cohorts.usecases.edit_proposal import move_person
from cohorts.usecases.form import may_form
from cohorts.words import say

from .forming import FormingBoard, forming_board

SHOWN = 12
"""Groups in one message; the page has all of them."""
Piece = Section | Buttons


def forming_door(language: str) -> Button:
    return button(language, "leading.button.forming", "form.look.open")


def look_at_forming(tx: Transaction, ask: Ask) -> Response:
    """The newest proposal as this reader may see it, or how many wait for one."""
    if not may_form(ask):
        return whisper(ask.language, "leading.not.facilitator")
    board, language = forming_board(tx, ask.educator), ask.language
    again = button(language, "pages.propose_again" if board.proposal else "pages.propose", "form.propose")
    if board.proposal is None or not board.proposal.groups:
        if board.searching:
            return whisper(language, "leading.propose.begun", waiting=board.waiting)
        if board.failed:
            return Whisper(message=_failed(board.failed, language))
        doors = [row(again)] if board.waiting else []
        return Whisper(message=card(words(language, "leading.forming.none", waiting=board.waiting), *doors))
    return Whisper(message=card(*_drawn(board, board.proposal, language, again)))


def open_move_form(tx: Transaction, ask: Ask) -> Response:
    """Whom to move where; whether it can be is decided when it is sent."""
    if not may_form(ask):
        return whisper(ask.language, "leading.not.facilitator")
    board = forming_board(tx, ask.educator)
    if board.proposal is None or not board.people:
        return whisper(ask.language, "basics.gone")
    return OpenForm(form=_move_form(board, board.proposal.groups, ask.language))


def move_by_form(tx: Transaction, ask: Ask) -> Response:
    missing = [name for name in ("person", "target") if not ask.values.get(name)]
    if missing:
        return FieldErrors(problems=dict.fromkeys(missing, say(ask.language, "chat.form_choose_one")))
    value = f"{ask.value}/{ask.values['person']}/{ask.values['target']}"
    return move_person(tx, ask.model_copy(update={"event": ask.event.model_copy(update={"value": value})}))


def open_approve_form(tx: Transaction, ask: Ask) -> Response:
    """Nothing takes it back, so it is asked once more."""
    if not may_form(ask):
        return whisper(ask.language, "leading.not.facilitator")
    board, language = forming_board(tx, ask.educator), ask.language
    if board.proposal is None or not board.approvable:
        return whisper(language, "leading.approve.unseen" if board.proposal else "basics.gone")
    people = sum(len(group.members) for group in board.proposal.groups)
    waiting = len(board.proposal.unplaced)
    what = say(language, "pages.approve_what", groups=len(board.proposal.groups), people=people, waiting=waiting)
    form = Form(
        title=say(language, "pages.approve_title"),
        action="form.approve",
        value=board.proposal_id,
        submit=say(language, "pages.approve_yes"),
        cancel=say(language, "basics.cancel"),
        intro=f"{what}\n\n{say(language, 'pages.approve_final')}",
    )
    return OpenForm(form=form)


def _failed(failed: Failed, language: str) -> Message:
    key = "leading.propose.failed" if failed.rests else "leading.propose.failed_again"
    again = row(primary(language, "pages.search_retry", "form.propose"))
    return card(words(language, key, why=why_failed(failed.error, language)), again)


def _drawn(board: FormingBoard, proposal: Proposal, language: str, again: Button) -> Iterator[Piece]:
    yield words(
        language,
        "leading.forming.head",
        groups=len(proposal.groups),
        waiting=len(proposal.unplaced),
        newcomers=board.newcomers,
        more=max(0, len(proposal.groups) - SHOWN),
    )
    wrong = {refusal.group_id: say(language, f"leading.refused.{refusal.reason}") for refusal in board.problems}
    for number, group in enumerate(proposal.groups[:SHOWN], 1):
        yield Section(text=_group(board, group, number, wrong, language))
    doors = [button(language, "leading.button.move", "form.move.open", board.proposal_id)]
    doors += [button(language, "leading.button.unmove", "form.undo", board.proposal_id)] if board.undoable else []
    approve = primary(language, "leading.button.approve", "form.approve.open", board.proposal_id)
    yield row(*([approve] if board.approvable and not wrong else []), *doors, again)


def _group(board: FormingBoard, group: Group, number: int, wrong: Mapping[str, str], language: str) -> str:
    """Who would be in it; of whom this reader may not see, that there is somebody."""
    names = [
        f"{plain(one.name)} ({plain(one.lea)})"
        if (one := board.people.get(seat.educator_id))
        else say(language, "leading.forming.hidden")
        for seat in group.members
    ]
    topic = board.microcredentials.get(group.microcredential_id, group.microcredential_id)
    head = f"**{say(language, 'pages.group', number=number)}** · {plain(topic)}"
    problem = f"\n{wrong[group.id]}" if group.id in wrong else ""
    return f"{head}\n{', '.join(names)}{problem}"


def _move_form(board: FormingBoard, groups: tuple[Group, ...], language: str) -> Form:
    people = tuple(Option(id=one.educator_id, label=shorten(one.name)) for one in board.people.values())
    places = [Option(id=one.id, label=say(language, "pages.group", number=at)) for at, one in enumerate(groups, 1)]
    places += [Option(id=name, label=say(language, f"leading.forming.{name}")) for name in (NEW, WAITING)]
    return Form(
        title=say(language, "leading.forming.move"),
        action="form.move.send",
        value=board.proposal_id,
        submit=say(language, "leading.button.move"),
        cancel=say(language, "basics.cancel"),
        fields=(
            ChoiceField(id="person", label=say(language, "leading.forming.person"), options=people),
            ChoiceField(id="target", label=say(language, "leading.forming.target"), options=tuple(places)),
        ),
    )
