"""Who let us in where, and by which of them we are in a workspace"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import storage.tables


revision = '0004'
down_revision = '0003'


def upgrade() -> None:
    op.create_table('installation',
    sa.Column('platform', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('installed_at', storage.tables.Instant(), nullable=False),
    sa.Column('revoked_at', storage.tables.Instant(), nullable=True),
    sa.Column('expires_at', storage.tables.Instant(), nullable=True),
    sa.Column('renewing_until', storage.tables.Instant(), nullable=True),
    sa.Column('domains', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('sealed', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('body', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.PrimaryKeyConstraint('platform', 'id')
    )
    with op.batch_alter_table('workspace', schema=None) as batch_op:
        batch_op.add_column(sa.Column('installation', sqlmodel.sql.sqltypes.AutoString(), server_default='', nullable=False))


def downgrade() -> None:
    with op.batch_alter_table('workspace', schema=None) as batch_op:
        batch_op.drop_column('installation')

    op.drop_table('installation')
