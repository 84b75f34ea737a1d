"""Whether a device that was shut out has handed in what it had."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column."""
    op.execute("ALTER TABLE devices ADD COLUMN handed_in_at timestamptz")
