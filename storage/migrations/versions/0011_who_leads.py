"""Who leads is found among everybody at once"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'

LEADS = sa.text("body like '%\"facilitator\"%' or body like '%\"operator\"%'")


def upgrade() -> None:
    op.create_index('educator_leads', 'educator', ['id'], sqlite_where=LEADS, postgresql_where=LEADS)


def downgrade() -> None:
    op.drop_index('educator_leads', table_name='educator')
