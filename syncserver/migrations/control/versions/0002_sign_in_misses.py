"""Misses are counted for whoever is tried, known here or not: an answer tells nobody which."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SQL = """
CREATE TABLE sign_in_misses (
    key text PRIMARY KEY,
    misses bigint NOT NULL,
    next_try_at timestamptz NOT NULL
);
CREATE INDEX sign_in_misses_age ON sign_in_misses (next_try_at);
CREATE INDEX sessions_user_device ON sessions (user_id, device_id);
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(SQL)
