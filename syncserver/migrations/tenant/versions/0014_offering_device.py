"""Which device has handed in what is decided at the end of recovery."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SQL = """
-- Null for what was handed in before this was asked.
ALTER TABLE offered ADD COLUMN device_id uuid;
"""


def upgrade() -> None:
    """Add the column."""
    op.execute(SQL)
