"""What the conversation about a run is called, where a chat gives such a thing a name."""

from cohorts.words import say

from .running import RunView, draft_number, protocol_name


def thread_name(view: RunView) -> str:
    """The same whatever step the run comes to, and naming nobody: a name is read long after the step it was made in."""
    number = draft_number(view) if view.run.role("presenter") else 0
    return say(
        view.language, "running.header.thread", protocol=protocol_name(view.language, view.protocol), number=number
    )
