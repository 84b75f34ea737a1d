"""What desks that were shut out hand in, counted and once each."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SQL = """
-- The use mark of upload tickets: once a replica's queue is whole here, nothing more is taken of it.
CREATE TABLE hand_in (
    device_id uuid NOT NULL,
    user_id uuid NOT NULL,
    replica_id uuid NOT NULL,
    kept bigint NOT NULL,
    begun_at timestamptz NOT NULL,
    done_at timestamptz,
    PRIMARY KEY (device_id, user_id, replica_id)
);
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(SQL)
