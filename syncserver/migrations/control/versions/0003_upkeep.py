"""When each tenant was last looked after, so that several servers share the work and a start does not repeat it."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column."""
    op.execute("ALTER TABLE tenants ADD COLUMN pruned_at timestamptz")
