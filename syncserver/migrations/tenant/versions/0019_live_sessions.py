"""Who is signed in on a device, found beside however many who were."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

SQL = """
CREATE INDEX session_live ON session (device_id) WHERE ended_at IS NULL;
DROP INDEX session_device;
"""


def upgrade() -> None:
    """Put the one index in the other's place; what has ended is found by its id."""
    op.execute(SQL)
