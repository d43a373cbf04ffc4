"""What an operator dropped, for as long as it may be brought back"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import storage.instants

revision = '0010'
down_revision = '0009'


def upgrade() -> None:
    op.create_table('dropped',
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('at', storage.instants.Instant(), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('error', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('due_at', storage.instants.Instant(), nullable=True),
    sa.Column('since', storage.instants.Instant(), nullable=True),
    sa.PrimaryKeyConstraint('name')
    )


def downgrade() -> None:
    op.drop_table('dropped')
