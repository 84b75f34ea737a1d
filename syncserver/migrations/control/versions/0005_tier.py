"""Which plan each tenant has. What was there before plans loses nothing by them."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SQL = """
ALTER TABLE tenants ADD COLUMN tier text NOT NULL DEFAULT 'ENTERPRISE'
    CHECK (tier IN ('FREE', 'STARTER', 'PROFESSIONAL', 'ENTERPRISE'));
"""


def upgrade() -> None:
    """Make the column."""
    op.execute(SQL)
