"""Looking people and rooms up the way a platform names them, where that is less than the core asks by."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from cohorts.people.model import Account
from storage.queues.workspaces import Place
from storage.tables import AccountRow, ConversationRow, table_of

ACCOUNT, CONVERSATION = table_of(AccountRow), table_of(ConversationRow)


def accounts_of(connection: Connection, platform: str, user: str) -> Sequence[Account]:
    """Of one user in every workspace, where they told us something last first."""
    query = (
        select(ACCOUNT)
        .where(ACCOUNT.c.platform == platform, ACCOUNT.c.user == user)
        .order_by(ACCOUNT.c.used_at.is_(None), ACCOUNT.c.used_at.desc(), ACCOUNT.c.workspace)
    )
    return [
        Account(platform=row.platform, workspace=row.workspace, user=row.user, educator_id=row.educator_id)
        for row in connection.execute(query)
    ]


def rooms_in(connection: Connection, place: Place) -> Sequence[str]:
    """The conversations in which cohorts are seen in this workspace."""
    query = _ROOMS.where(CONVERSATION.c.platform == place[0], CONVERSATION.c.workspace == place[1])
    return list(connection.execute(query).scalars())


def every_room(connection: Connection, platform: str) -> Sequence[str]:
    """The same in all workspaces of a platform."""
    return list(connection.execute(_ROOMS.where(CONVERSATION.c.platform == platform)).scalars())


_ROOMS = (
    select(CONVERSATION.c.conversation)
    .where(CONVERSATION.c.logical.startswith("cohort:"), CONVERSATION.c.conversation != "")
    .order_by(CONVERSATION.c.conversation)
)
