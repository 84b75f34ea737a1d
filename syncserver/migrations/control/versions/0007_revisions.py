"""Which version each tenant's schema is at, so that a start asks none of them for it."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column; what nobody has noted is looked at once more."""
    op.execute("ALTER TABLE tenants ADD COLUMN revision text")
