"""From where somebody is signed in to the admin, and what the last check of each chain of events has found."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SQL = """
ALTER TABLE admin_sessions ADD COLUMN user_agent text NOT NULL DEFAULT '', ADD COLUMN ip text;

CREATE TABLE audit_checks (
    chain text PRIMARY KEY,
    checked_at timestamptz NOT NULL,
    events bigint NOT NULL,
    broken_at bigint,
    what text
);
COMMENT ON COLUMN audit_checks.broken_at IS 'null where the chain was whole, 0 for a break of no one event';
"""


def upgrade() -> None:
    """Add the columns and make the table."""
    op.execute(SQL)
