"""What a device proves itself with; one from before has no key until its next sign-in."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column."""
    op.execute("ALTER TABLE devices ADD COLUMN public_key text")
