"""How long the desks of a business work without the server."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SQL = """
-- In minutes; null where the business goes by the server's setting. From an hour to 30 days.
ALTER TABLE tenant_state ADD COLUMN offline_lease bigint CHECK (offline_lease BETWEEN 60 AND 43200);
"""


def upgrade() -> None:
    """Add the column."""
    op.execute(SQL)
