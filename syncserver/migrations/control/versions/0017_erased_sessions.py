"""By what a desk of a business that was erased is known, so that it can be told."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

SQL = """
CREATE TABLE erased_sessions (
    id uuid PRIMARY KEY,
    token_hash text NOT NULL,
    parent_hash text,
    public_key text NOT NULL,
    erased_at timestamptz NOT NULL
);
CREATE INDEX erased_sessions_token ON erased_sessions (token_hash);
CREATE INDEX erased_sessions_parent ON erased_sessions (parent_hash);
CREATE INDEX erased_sessions_age ON erased_sessions (erased_at);
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(SQL)
