"""Secret addresses at which a calendar reads somebody's visits."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SQL = """
CREATE TABLE calendar_feeds (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    user_id uuid NOT NULL REFERENCES users,
    secret_hash text NOT NULL UNIQUE,
    made_by uuid NOT NULL REFERENCES users,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX calendar_feeds_tenant ON calendar_feeds (tenant_id, created_at);
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(SQL)
