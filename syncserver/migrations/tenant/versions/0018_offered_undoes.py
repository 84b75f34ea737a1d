"""What an edit takes back that is handed in again."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

SQL = """
ALTER TABLE offered ADD COLUMN undoes json NOT NULL DEFAULT '[]';
"""


def upgrade() -> None:
    """Add the column."""
    op.execute(SQL)
