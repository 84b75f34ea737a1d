"""What is old may go: pointers below a floor, arguments of the log, and what was kept for replicas that fell silent."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SQL = """
-- No pull is answered from below sync_floor. Up to history_floor the log has no arguments any more.
ALTER TABLE tenant_state ADD COLUMN sync_floor bigint NOT NULL DEFAULT 0,
    ADD COLUMN history_floor bigint NOT NULL DEFAULT 0;
ALTER TABLE mutation_log ALTER COLUMN args DROP NOT NULL;
-- A retired replica is remembered: its name and its numbers are never used again. One whose last contact nobody noted
-- counts from the first pruning on.
ALTER TABLE replica ADD COLUMN seen_at timestamptz, ADD COLUMN retired_at timestamptz;

-- Pruning does not take the clock, which pushes wait for. What it may do without it is checked here instead.
DROP TRIGGER needs_clock ON sync_row;
CREATE TRIGGER needs_clock BEFORE INSERT OR UPDATE ON sync_row FOR EACH STATEMENT EXECUTE FUNCTION needs_clock();
CREATE FUNCTION below_floor() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM gone WHERE version > (SELECT sync_floor FROM tenant_state)) THEN
        RAISE EXCEPTION 'a pull may still need what is taken from sync_row'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER below_floor AFTER DELETE ON sync_row
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION below_floor();

DROP TRIGGER needs_clock ON mutation_log;
CREATE TRIGGER needs_clock BEFORE INSERT OR DELETE ON mutation_log FOR EACH STATEMENT EXECUTE FUNCTION needs_clock();
CREATE FUNCTION only_compacted() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF new.args IS NOT NULL OR old.outcome = 'quarantined'
        OR old.version > (SELECT history_floor FROM tenant_state)
        OR to_jsonb(new) - 'args' <> to_jsonb(old) - 'args' THEN
        RAISE EXCEPTION 'the history of % is not changed', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN new;
END $$;
CREATE TRIGGER only_compacted BEFORE UPDATE ON mutation_log FOR EACH ROW EXECUTE FUNCTION only_compacted();
"""


def upgrade() -> None:
    """Make the floors and the guards that know them."""
    op.execute(SQL)
