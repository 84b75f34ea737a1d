"""When visits start, whatever has become of them: calendars and figures ask for those that were called off, too."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

SQL = """
DROP INDEX appointment_start;
CREATE INDEX appointment_start ON appointment (starts_at, id);
"""


def upgrade() -> None:
    """Put the one index in the other's place."""
    op.execute(SQL)
