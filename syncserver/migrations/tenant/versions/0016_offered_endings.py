"""How an edit had ended that is handed in again, and whose it is."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

SQL = """
-- Null for what was handed in before this was asked, or by a desk that does not say.
ALTER TABLE offered ADD COLUMN was_outcome text, ADD COLUMN was_code text, ADD COLUMN made_by uuid;
"""


def upgrade() -> None:
    """Add the columns."""
    op.execute(SQL)
