"""What desks that were shut out hand in, counted and once each; and who was erased."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SQL = """
-- The use mark of upload tickets: once a replica's queue is whole here, nothing more is taken of it.
CREATE TABLE hand_in (
    device_id uuid NOT NULL,
    user_id uuid NOT NULL,
    replica_id uuid NOT NULL,
    kept bigint NOT NULL,
    begun_at timestamptz NOT NULL,
    done_at timestamptz,
    PRIMARY KEY (device_id, user_id, replica_id)
);

-- Who was erased, which no later state of the tables tells for sure. Within the transaction that adds one the words of
-- the history may be replaced, and nothing else of it.
CREATE TABLE erasure (
    customer_id uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    made_in xid8 NOT NULL
);
CREATE OR REPLACE FUNCTION only_compacted() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM erasure WHERE made_in = pg_current_xact_id_if_assigned()) THEN
        IF (new.args IS NULL) = (old.args IS NULL)
            AND to_jsonb(new) - 'args' - 'args_hash' - 'details' = to_jsonb(old) - 'args' - 'args_hash' - 'details' THEN
            RETURN new;
        END IF;
    ELSIF new.args IS NULL AND old.outcome <> 'quarantined'
        AND old.version <= (SELECT history_floor FROM tenant_state)
        AND to_jsonb(new) - 'args' = to_jsonb(old) - 'args' THEN
        RETURN new;
    END IF;
    RAISE EXCEPTION 'the history of % is not changed', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(SQL)
