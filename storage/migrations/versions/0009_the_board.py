"""What stays as it is on the board, and what was undone"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import storage.instants

revision = '0009'
down_revision = '0008'


def upgrade() -> None:
    op.add_column('proposal', sa.Column('kept', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
    op.create_table('proposal_undone',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('status', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('at', storage.instants.Instant(), nullable=False),
    sa.Column('body', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('kept', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.PrimaryKeyConstraint('id', 'number')
    )


def downgrade() -> None:
    op.drop_table('proposal_undone')
    op.drop_column('proposal', 'kept')
