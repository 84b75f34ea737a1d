"""All sessions of one business, ended ones too, and which of them was used last."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

SQL = """
CREATE INDEX sessions_tenant ON sessions (tenant_id, last_used_at);
"""


def upgrade() -> None:
    """Make the index."""
    op.execute(SQL)
