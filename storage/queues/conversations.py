"""Where a logical conversation lives on a platform."""

from sqlalchemy import Connection, delete, select

from storage.rows import find_row, save_row
from storage.tables import ConversationRow, table_of

CONVERSATION = table_of(ConversationRow)


def conversation(connection: Connection, platform: str, workspace: str, logical: str) -> str | None:
    key = {"platform": platform, "workspace": workspace, "logical": logical}
    row = find_row(connection, ConversationRow, **key)
    return row and str(row.conversation)


def logical_conversation(connection: Connection, platform: str, workspace: str, known: str) -> str | None:
    """`cohort:<id>` or `dm:<educator id>` of a platform's conversation."""
    query = select(CONVERSATION.c.logical).where(
        CONVERSATION.c.platform == platform,
        CONVERSATION.c.workspace == workspace,
        CONVERSATION.c.conversation == known,
    )
    return connection.execute(query).scalar()


def keep_conversation(connection: Connection, platform: str, workspace: str, logical: str, known: str) -> None:
    key = {"platform": platform, "workspace": workspace, "logical": logical}
    save_row(connection, ConversationRow, key, conversation=known)


def forget_direct(connection: Connection, platform: str, workspace: str, educator_id: str) -> None:
    """All direct conversations with this person there: each is opened anew when it is needed."""
    logical = CONVERSATION.c.logical
    theirs = (logical == f"dm:{educator_id}") | logical.startswith(f"dm:{educator_id}:", autoescape=True)
    here = (CONVERSATION.c.platform == platform) & (CONVERSATION.c.workspace == workspace)
    connection.execute(delete(CONVERSATION).where(here, theirs))
