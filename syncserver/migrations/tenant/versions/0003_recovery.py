"""What desks hand in again after the database was put back from a backup, until all of it is decided in order."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SQL = """
-- While it is set nothing is decided and nothing is pulled: edits are handed in.
ALTER TABLE tenant_state ADD COLUMN recovering_until timestamptz;
CREATE TABLE offered (
    id uuid PRIMARY KEY,
    was_version bigint NOT NULL,
    seq bigint NOT NULL,
    user_id uuid NOT NULL,
    name text NOT NULL,
    args json NOT NULL,
    args_hash text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX offered_order ON offered (was_version, seq, id);
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(SQL)
