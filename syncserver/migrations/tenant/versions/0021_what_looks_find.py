"""What time may end or carry on, found beside however much that is over."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

SQL = """
CREATE INDEX waitlist_entry_open ON waitlist_entry (id) WHERE state IN ('waiting', 'offered');

-- The latest of a rule first.
CREATE INDEX time_block_origin ON time_block (origin, starts_at) WHERE origin <> '';
DROP INDEX appointment_series;
CREATE INDEX appointment_series ON appointment (series_id, starts_at) WHERE series_id IS NOT NULL;
"""


def upgrade() -> None:
    """Make the indexes."""
    op.execute(SQL)
