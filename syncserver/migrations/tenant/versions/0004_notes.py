"""Notes of their own, and attention items that know every row that waits under them."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SQL = """
CREATE TABLE note (
    id uuid PRIMARY KEY,
    about text NOT NULL,
    subject_id text NOT NULL,
    text text NOT NULL,
    author_id uuid NOT NULL,
    as_whom uuid,
    at timestamptz NOT NULL
);
CREATE TRIGGER needs_clock BEFORE INSERT OR UPDATE OR DELETE ON note FOR EACH STATEMENT EXECUTE FUNCTION needs_clock();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON note FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();

-- Nobody stands for an edit whose session is not one of the device that sent it.
ALTER TABLE attention_item ALTER COLUMN author_id DROP NOT NULL, ADD COLUMN also_about json NOT NULL DEFAULT '[]';
ALTER TABLE attention_item DISABLE TRIGGER needs_clock;
-- Every desk loads the book once more, for its columns are others: no version needs to say that these rows changed.
UPDATE attention_item SET also_about = waiting.about FROM (
    SELECT item.id, json_agg(DISTINCT one.subject) AS about
    FROM attention_item item
    CROSS JOIN LATERAL json_array_elements(item.gathered) AS late
    CROSS JOIN LATERAL (
        SELECT late -> 'args' ->> (split_part(late ->> 'name', '.', 1) || '_id') AS subject
    ) one
    WHERE item.state = 'open' AND one.subject <> item.subject_id
    GROUP BY item.id
) waiting WHERE waiting.id = attention_item.id;
ALTER TABLE attention_item ENABLE TRIGGER needs_clock;
CREATE INDEX attention_item_also_open ON attention_item USING gin ((also_about::jsonb)) WHERE state = 'open';
"""


def upgrade() -> None:
    """Make the table and the column, and fill it for what is open."""
    op.execute(SQL)
