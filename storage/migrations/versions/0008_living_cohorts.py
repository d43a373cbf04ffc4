"""Offers, cohorts with a free seat, and LEAs whose people keep to themselves"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import storage.tables


revision = '0008'
down_revision = '0006'


def upgrade() -> None:
    for name in ('microcredential_id', 'language'):
        op.add_column('interest', sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        told = f"body::json->>'{name}'" if op.get_bind().dialect.name == 'postgresql' else f"json_extract(body, '$.{name}')"
        op.execute(f'UPDATE interest SET {name} = {told}')
    op.create_index('interest_wanted', 'interest', ['status', 'microcredential_id', 'language'], unique=False)
    op.create_table('offer',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('about', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('educator_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('body', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_offer_about'), 'offer', ['about'], unique=False)
    op.create_index(op.f('ix_offer_educator_id'), 'offer', ['educator_id'], unique=False)
    op.create_table('free_seat',
    sa.Column('cohort_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('microcredential_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('language', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.PrimaryKeyConstraint('cohort_id')
    )
    op.create_index(op.f('ix_free_seat_microcredential_id'), 'free_seat', ['microcredential_id'], unique=False)
    op.create_table('closed_lea',
    sa.Column('lea_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('at', storage.tables.Instant(), nullable=False),
    sa.PrimaryKeyConstraint('lea_id')
    )


def downgrade() -> None:
    op.drop_index('interest_wanted', table_name='interest')
    for name in ('microcredential_id', 'language'):
        op.drop_column('interest', name)
    op.drop_table('closed_lea')
    op.drop_index(op.f('ix_free_seat_microcredential_id'), table_name='free_seat')
    op.drop_table('free_seat')
    op.drop_index(op.f('ix_offer_educator_id'), table_name='offer')
    op.drop_index(op.f('ix_offer_about'), table_name='offer')
    op.drop_table('offer')
