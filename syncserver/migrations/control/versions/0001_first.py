"""Tenants, users, devices, sessions, keys and the tenants' clocks."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SQL = """
CREATE TABLE server_meta (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    epoch uuid NOT NULL
);
INSERT INTO server_meta (epoch) VALUES (gen_random_uuid());

CREATE TABLE tenants (
    id uuid PRIMARY KEY,
    slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    name text NOT NULL,
    is_demo boolean NOT NULL,
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'suspended', 'closed')),
    schema_name text NOT NULL UNIQUE CHECK (schema_name ~ '^t_[0-9a-f]{32}$'),
    role_name text NOT NULL UNIQUE CHECK (role_name ~ '^t_[0-9a-f]{32}$'),
    created_at timestamptz NOT NULL
);

CREATE TABLE tenant_clock (
    tenant_id uuid PRIMARY KEY REFERENCES tenants,
    version bigint NOT NULL
);

CREATE TABLE users (
    id uuid PRIMARY KEY,
    tenant_id uuid REFERENCES tenants,
    email text NOT NULL CHECK (email = lower(email)),
    name text NOT NULL,
    role text NOT NULL,
    password_hash text NOT NULL,
    is_active boolean NOT NULL DEFAULT true,
    is_temporary boolean NOT NULL DEFAULT false,
    totp_secret text,
    created_at timestamptz NOT NULL,
    CONSTRAINT users_email UNIQUE NULLS NOT DISTINCT (tenant_id, email),
    CONSTRAINT users_role_and_tenant CHECK (
        (tenant_id IS NULL AND role IN ('SUPERUSER', 'PLATFORM_MANAGER', 'PLATFORM_SALES', 'PLATFORM_SUPPORT'))
        OR (tenant_id IS NOT NULL AND role IN ('TENANT_OWNER', 'TENANT_MANAGER', 'TENANT_STAFF', 'CUSTOMER'))
    )
);

CREATE TABLE devices (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL REFERENCES tenants,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users,
    tenant_id uuid REFERENCES tenants,
    device_id uuid NOT NULL,
    token_hash text NOT NULL UNIQUE,
    parent_hash text UNIQUE,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    end_reason text
);
CREATE INDEX sessions_user ON sessions (user_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_device ON sessions (tenant_id, device_id) WHERE ended_at IS NULL;

-- Refresh tokens whose child was used: who shows one has stolen or restored it.
CREATE TABLE spent_tokens (
    token_hash text PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES sessions,
    spent_at timestamptz NOT NULL
);
CREATE INDEX spent_tokens_session ON spent_tokens (session_id);

CREATE TABLE signing_keys (
    kid text PRIMARY KEY,
    private_key text NOT NULL,
    created_at timestamptz NOT NULL,
    retired_at timestamptz
);

CREATE FUNCTION keep_is_demo() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'is_demo is set when a tenant is made and never changes' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER keep_is_demo BEFORE UPDATE OF is_demo ON tenants
    FOR EACH ROW WHEN (old.is_demo IS DISTINCT FROM new.is_demo) EXECUTE FUNCTION keep_is_demo();

-- Sales may become a temporary user: there must be none where real customers are.
CREATE FUNCTION temporary_in_demo_only() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM tenants WHERE id = new.tenant_id AND is_demo) THEN
        RAISE EXCEPTION 'temporary users belong to demo tenants only' USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END $$;
CREATE TRIGGER temporary_in_demo_only BEFORE INSERT OR UPDATE ON users
    FOR EACH ROW WHEN (new.is_temporary) EXECUTE FUNCTION temporary_in_demo_only();

-- The row lock puts everything that a tenant writes in one order. What the guards of the synced tables look for is the
-- transaction's own number in the tenant's schema: no setting, and nothing that a rollback leaves behind.
CREATE FUNCTION take_clock(tenant uuid) RETURNS bigint LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    taken bigint;
    home text;
BEGIN
    UPDATE tenant_clock SET version = version + 1 WHERE tenant_id = tenant RETURNING version INTO STRICT taken;
    SELECT schema_name INTO STRICT home FROM tenants WHERE id = tenant;
    EXECUTE format('UPDATE %I.clock SET version = $1, taken_by = pg_current_xact_id()', home) USING taken;
    RETURN taken;
END $$;
"""


def upgrade() -> None:
    """Make the control schema."""
    op.execute(SQL)
