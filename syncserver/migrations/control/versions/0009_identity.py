"""Second factors, sessions of the admin, mails that wait, links for a new password, and invites."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SQL = """
-- Nobody ever had a secret there.
ALTER TABLE users DROP COLUMN totp_secret;

CREATE TABLE second_factors (
    user_id uuid PRIMARY KEY REFERENCES users,
    secret text NOT NULL,
    begun_at timestamptz NOT NULL,
    confirmed_at timestamptz
);
COMMENT ON COLUMN second_factors.secret IS 'encrypted under one of the signing keys, which it names';

-- A code is good once: whoever writes its step first has used it.
CREATE TABLE used_steps (
    user_id uuid NOT NULL REFERENCES second_factors ON DELETE CASCADE,
    step bigint NOT NULL,
    PRIMARY KEY (user_id, step)
);

CREATE TABLE recovery_codes (
    user_id uuid NOT NULL REFERENCES second_factors ON DELETE CASCADE,
    code_hash text NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (user_id, code_hash)
);

CREATE TABLE admin_sessions (
    id uuid PRIMARY KEY,
    token_hash text NOT NULL UNIQUE,
    user_id uuid NOT NULL REFERENCES users,
    enrolled boolean NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    ended_at timestamptz,
    end_reason text
);
CREATE INDEX admin_sessions_user ON admin_sessions (user_id) WHERE ended_at IS NULL;
COMMENT ON COLUMN admin_sessions.enrolled IS 'false: good for enrolling a second factor and for nothing else';

CREATE TABLE mails (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    recipient text NOT NULL,
    fields text NOT NULL,
    created_at timestamptz NOT NULL,
    next_try_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    trouble text,
    given_up_at timestamptz
);
CREATE INDEX mails_due ON mails (next_try_at) WHERE given_up_at IS NULL;
COMMENT ON COLUMN mails.fields IS 'encrypted: links in them let somebody in; empty once it was given up';

-- Whoever asks for a new password, known or not, leaves the same row.
CREATE TABLE reset_wishes (
    id uuid PRIMARY KEY,
    tenant text,
    email text NOT NULL,
    made_at timestamptz NOT NULL
);
CREATE INDEX reset_wishes_age ON reset_wishes (made_at);

CREATE TABLE reset_links (
    token_hash text PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX reset_links_user ON reset_links (user_id);

CREATE TABLE invites (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    email text NOT NULL CHECK (email = lower(email)),
    role text NOT NULL CHECK (role IN ('TENANT_OWNER', 'TENANT_MANAGER', 'TENANT_STAFF', 'CUSTOMER')),
    token_hash text NOT NULL UNIQUE,
    invited_by uuid REFERENCES users,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX invites_tenant ON invites (tenant_id, created_at);
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute(SQL)
