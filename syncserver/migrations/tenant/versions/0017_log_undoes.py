"""What an edit takes back: without it the log, replayed, would not decide alike."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

SQL = """
-- Null for an edit that takes nothing back.
ALTER TABLE mutation_log ADD COLUMN undoes json;
"""


def upgrade() -> None:
    """Add the column."""
    op.execute(SQL)
