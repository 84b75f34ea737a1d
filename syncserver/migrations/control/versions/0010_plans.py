"""The plans that are stored, and what a tenant has otherwise than its own says."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SQL = """
-- A tier without a row has what the code says.
CREATE TABLE plans (
    tier text PRIMARY KEY CHECK (tier IN ('FREE', 'STARTER', 'PROFESSIONAL', 'ENTERPRISE')),
    features json NOT NULL,
    limits json NOT NULL
);
ALTER TABLE tenants ADD COLUMN override json;
"""


def upgrade() -> None:
    """Make the table and the column."""
    op.execute(SQL)
