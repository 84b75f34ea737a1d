"""Which two customers somebody found to be two people."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SQL = """
CREATE TABLE kept_apart (
    id uuid PRIMARY KEY,
    one_id uuid NOT NULL,
    other_id uuid NOT NULL,
    -- The two in one order, so that there is one row of them.
    CHECK (one_id < other_id)
);
CREATE TRIGGER needs_clock BEFORE INSERT OR UPDATE OR DELETE ON kept_apart
    FOR EACH STATEMENT EXECUTE FUNCTION needs_clock();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON kept_apart
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
"""


def upgrade() -> None:
    """Make the table; every desk loads the book once more, for there is a table more."""
    op.execute(SQL)
