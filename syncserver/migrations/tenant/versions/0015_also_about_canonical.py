"""Lists of rows that wait under an attention item, as everything else writes them: without blanks."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SQL = """
ALTER TABLE attention_item DISABLE TRIGGER needs_clock;
-- Desks keep them without blanks already, and compare the text: no version needs to say that these rows changed.
UPDATE attention_item SET also_about = (
    SELECT '[' || string_agg(one.subject::text, ',' ORDER BY one.place) || ']'
    FROM json_array_elements(also_about) WITH ORDINALITY AS one(subject, place)
)::json WHERE also_about::text LIKE '%, %';
ALTER TABLE attention_item ENABLE TRIGGER needs_clock;
"""


def upgrade() -> None:
    """Write them anew; 0004 had PostgreSQL write them."""
    op.execute(SQL)
