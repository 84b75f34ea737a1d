"""Finds the visits of a customer, whose adding is taken back only where there are none."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.execute("CREATE INDEX appointment_customer ON appointment (customer_id)")
