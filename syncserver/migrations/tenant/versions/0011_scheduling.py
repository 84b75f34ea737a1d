"""Series, the waitlist and payments; parties, pools and places that are taken several at once."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE business
    ADD COLUMN approval boolean NOT NULL DEFAULT true,
    ADD COLUMN request_life bigint NOT NULL DEFAULT 0 CHECK (request_life >= 0),
    ADD COLUMN late_fee bigint NOT NULL DEFAULT 0 CHECK (late_fee >= 0);
ALTER TABLE resource ADD COLUMN pool text NOT NULL DEFAULT '';
ALTER TABLE service
    ADD COLUMN capacity bigint NOT NULL DEFAULT 1 CHECK (capacity >= 1),
    ADD COLUMN terms json NOT NULL DEFAULT '[]';
ALTER TABLE customer ADD COLUMN preferred_id uuid, ADD COLUMN consents json NOT NULL DEFAULT '[]';
ALTER TABLE appointment
    ADD COLUMN party bigint NOT NULL DEFAULT 1 CHECK (party >= 1),
    ADD COLUMN sequence bigint NOT NULL DEFAULT 0 CHECK (sequence >= 0),
    ADD COLUMN locked boolean NOT NULL DEFAULT false,
    ADD COLUMN fee bigint NOT NULL DEFAULT 0 CHECK (fee >= 0);
ALTER TABLE allocation ADD COLUMN units bigint NOT NULL DEFAULT 1 CHECK (units >= 1);
CREATE INDEX appointment_series ON appointment (series_id) WHERE series_id IS NOT NULL;
-- Looked at every minute, and there are few of them.
CREATE INDEX appointment_requested ON appointment (starts_at, id) WHERE status = 'requested';
CREATE INDEX resource_location ON resource (location_id);
"""

TABLES = """
CREATE TABLE series (
    id uuid PRIMARY KEY,
    customer_id uuid,
    location_id uuid NOT NULL,
    zone text NOT NULL,
    start text NOT NULL,
    rrule text NOT NULL,
    exdates json NOT NULL,
    segments json NOT NULL,
    notes text NOT NULL,
    party bigint NOT NULL CHECK (party >= 1),
    follows_id uuid,
    archived boolean NOT NULL
);

CREATE TABLE waitlist_entry (
    id uuid PRIMARY KEY,
    customer_id uuid NOT NULL,
    service_id uuid NOT NULL,
    location_id uuid NOT NULL,
    people json NOT NULL,
    weekdays json NOT NULL,
    earliest bigint NOT NULL,
    latest bigint NOT NULL,
    from_day date,
    to_day date,
    priority bigint NOT NULL,
    party bigint NOT NULL CHECK (party >= 1),
    notes text NOT NULL,
    state text NOT NULL,
    asked_at timestamptz NOT NULL,
    offer json,
    appointment_id uuid
);

CREATE TABLE payment (
    id uuid PRIMARY KEY,
    appointment_id uuid,
    customer_id uuid,
    location_id uuid NOT NULL,
    kind text NOT NULL,
    method text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    currency text NOT NULL,
    note text NOT NULL,
    taken_by uuid NOT NULL,
    as_whom uuid,
    at timestamptz NOT NULL,
    refund_of uuid
);
CREATE INDEX payment_appointment ON payment (appointment_id);
CREATE INDEX payment_at ON payment (at);
"""

# What is held is the sum of the places that each takes; see the first version for why so.
CAPACITY = """
CREATE OR REPLACE FUNCTION within_capacity() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    found_at record;
BEGIN
    SELECT instant.resource_id, instant.starts_at INTO found_at
    FROM (
        SELECT DISTINCT held.resource_id, held.starts_at
        FROM touched
        JOIN allocation held ON held.resource_id = touched.resource_id
            AND held.starts_at >= touched.starts_at AND held.starts_at < touched.ends_at AND NOT held."over"
        WHERE NOT touched."over"
    ) instant
    CROSS JOIN LATERAL (
        SELECT sum(units) AS held FROM allocation
        WHERE allocation.resource_id = instant.resource_id AND NOT allocation."over"
            AND allocation.starts_at <= instant.starts_at
            AND allocation.starts_at > instant.starts_at - interval '72 hours'
            AND allocation.ends_at > instant.starts_at
    ) counted
    WHERE counted.held > coalesce((SELECT capacity FROM resource WHERE resource.id = instant.resource_id), 0)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'resource % is beyond its capacity at %', found_at.resource_id, found_at.starts_at
            USING ERRCODE = 'exclusion_violation';
    END IF;
    RETURN NULL;
END $$;
"""

# Who took which money is never changed: an error is corrected by a refund. Merging two customers moves whose it is, and
# erasing one takes away what was written beside it.
APPENDED = """
CREATE FUNCTION only_another_customer() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND new.note IN (old.note, '')
        AND to_jsonb(new) - 'customer_id' - 'note' = to_jsonb(old) - 'customer_id' - 'note' THEN
        RETURN new;
    END IF;
    RAISE EXCEPTION 'what was paid is not changed' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER appended BEFORE UPDATE OR DELETE ON payment FOR EACH ROW EXECUTE FUNCTION only_another_customer();
"""


def upgrade() -> None:
    """Make the tables and the columns; every desk loads the book once more, for its columns are others."""
    op.execute(COLUMNS + TABLES + CAPACITY + APPENDED)
    for table in ("series", "waitlist_entry", "payment"):
        op.execute(
            f"CREATE TRIGGER needs_clock BEFORE INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION needs_clock();"
            f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();"
        )
