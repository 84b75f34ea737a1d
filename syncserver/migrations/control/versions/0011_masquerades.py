"""Masquerades, the codes that open them at a desk, and grants."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SQL = """
CREATE TABLE masquerades (
    id uuid PRIMARY KEY,
    actor_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    target_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- Null where the target is of the platform.
    tenant_id uuid REFERENCES tenants ON DELETE CASCADE,
    reason text NOT NULL,
    started_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    end_reason text,
    CONSTRAINT masquerades_other CHECK (actor_id <> target_id),
    CONSTRAINT masquerades_length CHECK (expires_at <= started_at + interval '30 minutes')
);
-- Whoever masquerades stops first: of many that start at once one does.
CREATE UNIQUE INDEX masquerades_running ON masquerades (actor_id) WHERE ended_at IS NULL;
CREATE INDEX masquerades_tenant ON masquerades (tenant_id, expires_at);

-- The digits are hashed together with the code: by themselves they are guessed at once.
CREATE TABLE masquerade_codes (
    code_hash text PRIMARY KEY,
    masquerade_id uuid NOT NULL REFERENCES masquerades ON DELETE CASCADE,
    digits_hash text NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX masquerade_codes_masquerade ON masquerade_codes (masquerade_id);

CREATE TABLE grants (
    id uuid PRIMARY KEY,
    grantor_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    grantee_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    tenant_id uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
    action text NOT NULL CHECK (action IN
        ('view_billing', 'edit_schedule', 'edit_tenant_users', 'export_tenant_data', 'restore_deleted')),
    reason text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    revoked_by uuid REFERENCES users ON DELETE SET NULL,
    CONSTRAINT grants_other CHECK (grantor_id <> grantee_id),
    CONSTRAINT grants_length CHECK (expires_at BETWEEN created_at + interval '1 minute'
        AND created_at + interval '30 minutes')
);
CREATE INDEX grants_use ON grants (grantee_id, tenant_id, action, expires_at);
CREATE INDEX grants_age ON grants (created_at DESC, id);
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute(SQL)
