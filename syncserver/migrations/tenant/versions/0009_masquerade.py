"""Who really is at a session, where somebody masquerades."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SQL = """
-- Null where the person is there themselves. The log says who and as whom of each edit by columns that it has.
ALTER TABLE session ADD COLUMN actor_id uuid;
"""


def upgrade() -> None:
    """Add the column."""
    op.execute(SQL)
