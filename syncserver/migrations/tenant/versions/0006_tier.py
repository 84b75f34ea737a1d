"""The tenant's plan, where its pushes and pulls read it. What was there before plans loses nothing by them."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column."""
    op.execute("ALTER TABLE tenant_state ADD COLUMN tier text NOT NULL DEFAULT 'ENTERPRISE'")
