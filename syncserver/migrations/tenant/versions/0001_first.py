"""The synced tables of one business, their guards, and what a push needs beside them."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SYNCED = """
CREATE TABLE business (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    zone text NOT NULL,
    currency text NOT NULL,
    locale text NOT NULL,
    first_day_of_week bigint NOT NULL,
    slot_step bigint NOT NULL,
    min_notice bigint NOT NULL,
    max_advance bigint NOT NULL,
    cancel_window bigint NOT NULL,
    requests_hold boolean NOT NULL,
    series_clash text NOT NULL
);

CREATE TABLE location (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    zone text NOT NULL,
    address text NOT NULL,
    archived boolean NOT NULL
);

CREATE TABLE member (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    email text NOT NULL,
    role text NOT NULL,
    active boolean NOT NULL
);

CREATE TABLE resource (
    id uuid PRIMARY KEY,
    location_id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    capacity bigint NOT NULL CHECK (capacity >= 0),
    colour text NOT NULL,
    "position" bigint NOT NULL,
    member_id uuid,
    archived boolean NOT NULL
);

CREATE TABLE service (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    category text NOT NULL,
    colour text NOT NULL,
    price bigint NOT NULL,
    before bigint NOT NULL,
    active bigint NOT NULL,
    processing bigint NOT NULL,
    finishing bigint NOT NULL,
    after bigint NOT NULL,
    needs json NOT NULL,
    archived boolean NOT NULL
);

CREATE TABLE hours_rule (
    id uuid PRIMARY KEY,
    owner_id uuid NOT NULL,
    weekday bigint NOT NULL,
    opens bigint NOT NULL,
    closes bigint NOT NULL,
    valid_from date,
    valid_to date
);
CREATE INDEX hours_rule_owner ON hours_rule (owner_id);

CREATE TABLE hours_exception (
    id uuid PRIMARY KEY,
    owner_id uuid NOT NULL,
    day date NOT NULL,
    opens bigint,
    closes bigint,
    reason text NOT NULL
);
CREATE INDEX hours_exception_owner ON hours_exception (owner_id, day);

CREATE TABLE time_block (
    id uuid PRIMARY KEY,
    resource_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    reason text NOT NULL,
    origin text NOT NULL,
    archived boolean NOT NULL
);
CREATE INDEX time_block_resource ON time_block (resource_id, ends_at) WHERE NOT archived;

CREATE TABLE customer (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    phones json NOT NULL,
    emails json NOT NULL,
    language text NOT NULL,
    tags json NOT NULL,
    alert text NOT NULL,
    notes text NOT NULL,
    blocked boolean NOT NULL,
    merged_into uuid,
    archived boolean NOT NULL
);

CREATE TABLE appointment (
    id uuid PRIMARY KEY,
    customer_id uuid,
    location_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    zone text NOT NULL,
    wall_start text NOT NULL,
    segments json NOT NULL,
    status text NOT NULL,
    source text NOT NULL,
    notes text NOT NULL,
    price bigint NOT NULL,
    currency text NOT NULL,
    steps json NOT NULL,
    cancel_reason text NOT NULL,
    cancelled_by text NOT NULL,
    cancelled_late boolean NOT NULL,
    override_reason text NOT NULL,
    series_id uuid,
    original_start text NOT NULL
);

-- The longest appointment is a day, its buffers aside: three days bound every look for what overlaps.
CREATE TABLE allocation (
    id uuid PRIMARY KEY,
    appointment_id uuid NOT NULL,
    resource_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    "over" boolean NOT NULL,
    CONSTRAINT allocation_span CHECK (ends_at > starts_at AND ends_at <= starts_at + interval '72 hours')
);
CREATE INDEX allocation_resource ON allocation (resource_id, starts_at);
CREATE INDEX allocation_appointment ON allocation (appointment_id);

CREATE TABLE attention_item (
    id uuid PRIMARY KEY,
    mutation_id uuid NOT NULL,
    name text NOT NULL,
    args json NOT NULL,
    code text NOT NULL,
    details json NOT NULL,
    subject_id text NOT NULL,
    author_id uuid NOT NULL,
    as_whom uuid,
    made_at timestamptz NOT NULL,
    state text NOT NULL,
    gathered json NOT NULL,
    settled_by uuid,
    settled_at timestamptz
);
CREATE INDEX attention_item_open ON attention_item (subject_id) WHERE state = 'open';
"""

BOOKS = """
-- Which version of the tenant wrote each row last: what a pull reads.
CREATE TABLE sync_row (
    table_name text NOT NULL,
    pk uuid NOT NULL,
    version bigint NOT NULL,
    op text NOT NULL CHECK (op IN ('put', 'remove')),
    PRIMARY KEY (table_name, pk)
);
CREATE INDEX sync_row_version ON sync_row (version);

CREATE TABLE clock (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    version bigint NOT NULL,
    taken_by xid8 NOT NULL
);
INSERT INTO clock (version, taken_by) VALUES (0, '0');

CREATE TABLE replica (
    id uuid PRIMARY KEY,
    device_id uuid NOT NULL,
    user_id uuid NOT NULL,
    schema bigint NOT NULL,
    last_seq bigint NOT NULL DEFAULT 0,
    last_at timestamptz,
    stored_seq bigint NOT NULL DEFAULT 0,
    cursor_version bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL
);

-- The history: replayed in order through the rules it gives the tables again. What the server itself does comes from no
-- replica, but always has an author; an edit that was set aside because nobody stands for it has none.
CREATE TABLE mutation_log (
    version bigint NOT NULL,
    ordinal bigint NOT NULL,
    replica_id uuid,
    seq bigint,
    id uuid NOT NULL UNIQUE,
    name text NOT NULL,
    v bigint NOT NULL,
    args json NOT NULL,
    args_hash text NOT NULL,
    session_id uuid,
    user_id uuid,
    role text,
    as_whom uuid,
    at timestamptz NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('applied', 'adjusted', 'rejected', 'quarantined')),
    details json NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (version, ordinal),
    CONSTRAINT mutation_log_origin CHECK (CASE WHEN replica_id IS NULL THEN seq IS NULL AND user_id IS NOT NULL
        ELSE seq IS NOT NULL AND session_id IS NOT NULL END),
    CONSTRAINT mutation_log_author CHECK ((user_id IS NULL) = (role IS NULL))
);

-- Kept until the replica says that it has stored them.
CREATE TABLE outcome (
    replica_id uuid NOT NULL,
    seq bigint NOT NULL,
    id uuid NOT NULL,
    args_hash text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('applied', 'adjusted', 'rejected', 'quarantined')),
    details json NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (replica_id, seq)
);

-- How often a mutation's own function failed; counted outside the transaction that was rolled back.
CREATE TABLE mutation_failure (
    replica_id uuid NOT NULL,
    seq bigint NOT NULL,
    failures bigint NOT NULL,
    incident text NOT NULL,
    PRIMARY KEY (replica_id, seq)
);

-- What a decision needs from the control side, written with it in one transaction.
CREATE TABLE session (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL,
    device_id uuid NOT NULL,
    ended_at timestamptz
);
CREATE INDEX session_device ON session (device_id);
CREATE TABLE tenant_state (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    state text NOT NULL,
    is_demo boolean NOT NULL,
    -- The row of `business` as the tenant was made with it: where the history begins.
    founded json NOT NULL
);
"""

GUARDS = """
CREATE FUNCTION needs_clock() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM clock WHERE taken_by = pg_current_xact_id_if_assigned()) THEN
        RAISE EXCEPTION 'a write to % in a transaction that has not taken the clock', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the rows of % leave one by one', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;

-- What the rule has decided, looked at once more. What is held can only rise where something starts, so those instants
-- are enough. Nothing but the index is worth considering, however many rows a statement touches.
CREATE FUNCTION within_capacity() RETURNS trigger LANGUAGE plpgsql
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
        SELECT count(*) AS held FROM allocation
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
CREATE TRIGGER within_capacity_new AFTER INSERT ON allocation
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION within_capacity();
CREATE TRIGGER within_capacity_changed AFTER UPDATE ON allocation
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION within_capacity();
"""

GUARDED = (
    "business", "location", "member", "resource", "service", "hours_rule", "hours_exception", "time_block", "customer",
    "appointment", "allocation", "attention_item", "sync_row", "mutation_log",
)  # fmt: skip


def upgrade() -> None:
    """Make a tenant's schema."""
    op.execute(SYNCED + BOOKS + GUARDS)
    for table in GUARDED:
        op.execute(
            f"CREATE TRIGGER needs_clock BEFORE INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION needs_clock();"
            f"CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();"
        )
