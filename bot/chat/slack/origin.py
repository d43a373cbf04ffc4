"""By which installation something reached us, and in which workspace. Pure and total, like all reading of payloads."""

from typing import NamedTuple

from .hearing.raw import flag, name, part, text


class Origin(NamedTuple):
    """`workspace` is the team where it happened. In an install for a whole organisation (`whole`) that is one of many,
    and what is of no team in particular has the organisation's own id. `vouched`: Slack says that the workspace is in
    that organisation's installation, not only that something came from there."""

    workspace: str
    organisation: str = ""
    whole: bool = False
    vouched: bool = False

    @property
    def installation(self) -> str:
        return self.organisation if self.whole else self.workspace


def origin_of(raw: object) -> Origin:
    """Of an event, an interaction or a command."""
    return _of_event(raw) if text(raw, "type") == "event_callback" else _of_interaction(raw)


def _of_event(raw: object) -> Origin:
    """As Slack tells it beside the event: in a channel shared between teams others may be named as well."""
    ours = part(raw, "authorizations", 0)
    told = name(raw, "enterprise_id")
    organisation = name(ours, "enterprise_id") if ours else told
    # Without an authorization, as when access has just ended, the outer ids are all there is.
    whole = flag(ours, "is_enterprise_install") or (not ours and flag(raw, "is_enterprise_install"))
    if not (whole and organisation):
        return Origin(name(ours, "team_id") or name(raw, "team_id") or organisation, organisation)
    team = (
        name(ours, "team_id") or name(raw, "context_team_id") or (name(raw, "team_id") if told == organisation else "")
    )
    sure = name(ours, "team_id") or (name(raw, "team_id") if ours and told == organisation else "")
    return Origin(team or organisation, organisation, whole=True, vouched=team in ("", sure))


def _of_interaction(raw: object) -> Origin:
    """A command names its team beside itself, an interaction inside of it, or only the view's. Whose workspace the
    person is of says nothing: in a shared channel that is somebody else's."""
    team = name(raw, "team", "id") or name(raw, "team_id")
    organisation = name(raw, "enterprise", "id") or name(raw, "enterprise_id")
    whole = flag(raw, "is_enterprise_install") or text(raw, "is_enterprise_install") == "true"
    if not (whole and organisation):
        return Origin(team or organisation, organisation)
    team = team or name(raw, "view", "app_installed_team_id")
    return Origin(team or organisation, organisation, whole=True, vouched=not team)
