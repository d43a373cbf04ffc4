"""When somebody last told us something from an account"""

import sqlalchemy as sa
from alembic import op

import storage.tables


revision = '0003'
down_revision = '0002'


def upgrade() -> None:
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.add_column(sa.Column('used_at', storage.tables.Instant(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.drop_column('used_at')
