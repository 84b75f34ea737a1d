"""The platform's chain of events, and the role that owns every chain: the server may add to them and nothing else."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# The role is named after the login: several servers may share a cluster. The login is its member within this
# transaction only; from then on the function that runs as the role is the one way to have a chain made.
BEGIN_AS_KEEPER = """
DO $$
DECLARE
    keeper name := left(session_user, 57) || '_audit';
    terms text := '';
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = keeper) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', keeper);
    END IF;
    IF current_setting('server_version_num')::int >= 160000 THEN
        terms := ' WITH SET TRUE, INHERIT FALSE';
    END IF;
    EXECUTE format('GRANT %I TO %I%s', keeper, session_user, terms);
    EXECUTE format('GRANT USAGE, CREATE ON SCHEMA %I TO %I', current_schema(), keeper);
    EXECUTE format('SET LOCAL ROLE %I', keeper);
END $$;
"""
MAKE_CHAIN = """
CREATE FUNCTION keep_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what is recorded in % is neither changed nor taken away', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION make_chain(home name, writer name) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $make$
DECLARE
    made text;
BEGIN
    EXECUTE format($$
        CREATE TABLE %1$I.audit_event (
            number bigint PRIMARY KEY CHECK (number > 0),
            id uuid NOT NULL,
            at timestamptz NOT NULL,
            kind text NOT NULL,
            outcome text NOT NULL CHECK (outcome IN ('allowed', 'denied')),
            tenant_id uuid,
            actor_id uuid,
            actor_email text,
            as_whom_id uuid,
            as_whom_email text,
            subject text,
            reason text,
            ip text,
            session text,
            details json NOT NULL,
            previous text NOT NULL,
            hash text NOT NULL
        );
        CREATE TABLE %1$I.audit_checkpoint (number bigint PRIMARY KEY, signed text NOT NULL)
    $$, home);
    FOREACH made IN ARRAY ARRAY['audit_event', 'audit_checkpoint'] LOOP
        EXECUTE format($$
            GRANT SELECT, INSERT ON %1$I.%2$I TO %3$I;
            CREATE TRIGGER keep_event BEFORE UPDATE OR DELETE OR TRUNCATE ON %1$I.%2$I
                FOR EACH STATEMENT EXECUTE FUNCTION keep_event()
        $$, home, made, writer);
    END LOOP;
END $make$;
"""
END_AS_KEEPER = """
DO $$
BEGIN
    REVOKE ALL ON FUNCTION keep_event(), make_chain(name, name) FROM PUBLIC;
    EXECUTE format('GRANT EXECUTE ON FUNCTION make_chain(name, name) TO %I', session_user);
    SET LOCAL ROLE NONE;
END $$;
"""
FOUND_CHAIN = """
-- What the owner of a schema calls to have a chain in it.
CREATE FUNCTION found_chain(home name, writer name) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    keeper name := (SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE oid = 'make_chain(name, name)'::regprocedure);
BEGIN
    EXECUTE format('GRANT USAGE, CREATE ON SCHEMA %I TO %I', home, keeper);
    PERFORM make_chain(home, writer);
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM %I', home, keeper);
END $$;
REVOKE ALL ON FUNCTION found_chain(name, name) FROM PUBLIC;

DO $$
BEGIN
    PERFORM found_chain(current_schema(), session_user);
    EXECUTE format('REVOKE %I FROM %I', left(session_user, 57) || '_audit', session_user);
END $$;
"""


def upgrade() -> None:
    """Make the role, the functions, and the platform's chain."""
    op.execute(BEGIN_AS_KEEPER)
    op.execute(MAKE_CHAIN)
    op.execute(END_AS_KEEPER)
    op.execute(FOUND_CHAIN)
