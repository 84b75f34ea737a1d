"""A name that the database keeps through every epoch and every backup, and whether a tenant is being recovered."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SQL = """
ALTER TABLE server_meta ADD COLUMN lineage uuid;
-- Backups from before and after this migration are of one lineage.
UPDATE server_meta SET lineage = epoch;
ALTER TABLE server_meta ALTER COLUMN lineage SET NOT NULL;
ALTER TABLE tenants ADD COLUMN recovering_until timestamptz;
"""


def upgrade() -> None:
    """Make the columns."""
    op.execute(SQL)
