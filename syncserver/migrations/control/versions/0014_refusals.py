"""How often somebody was refused the same, where that is told once for many; it is the same for every server."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SQL = """
CREATE TABLE refusal_counts (
    actor_id uuid NOT NULL,
    same text NOT NULL,
    event text NOT NULL,
    tenant_id uuid,
    began_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    told bigint NOT NULL,
    untold bigint NOT NULL,
    PRIMARY KEY (actor_id, same)
);
COMMENT ON COLUMN refusal_counts.event IS 'what an event that tells of the untold ones says';
CREATE INDEX refusal_counts_age ON refusal_counts (ends_at);
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(SQL)
