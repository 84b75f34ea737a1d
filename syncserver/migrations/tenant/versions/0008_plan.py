"""The plan as a row of the book, with its limits, and as a part of the history.

Nothing was limited before, so a history that began before begins without a plan; the edit that is written here gives it
the one of its tier, and what was taken before it stays taken when the history is replayed.
"""

import hashlib
import json
from typing import Final

from alembic import context, op

from shared import clock
from shared.ids import new_id

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SQL = """
CREATE TABLE plan (
    id uuid PRIMARY KEY,
    tier text NOT NULL,
    features json NOT NULL,
    users bigint,
    resources bigint,
    locations bigint,
    devices bigint,
    appointments_a_month bigint,
    customers bigint,
    storage_mib bigint
);
CREATE TRIGGER needs_clock BEFORE INSERT OR UPDATE OR DELETE ON plan FOR EACH STATEMENT EXECUTE FUNCTION needs_clock();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON plan FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();

-- Null where the history began before there were plans.
ALTER TABLE tenant_state ADD COLUMN founded_plan json;

-- What limits count.
CREATE INDEX appointment_start ON appointment (starts_at) WHERE status NOT IN ('cancelled', 'declined', 'expired');
CREATE INDEX customer_live ON customer (id) WHERE NOT archived;
"""
FEATURES: Final = (
    "take_payments", "deposits", "mail_reminders", "text_reminders", "branding", "custom_domain", "plugins",
    "web_hooks", "waitlist", "series", "reports", "calendar_feeds", "audit_trail", "several_locations",
)  # fmt: skip
_FREE: Final = {"mail_reminders", "series"}
_STARTER: Final = _FREE | {"take_payments", "waitlist", "calendar_feeds", "branding"}
_PROFESSIONAL: Final = _STARTER | {"deposits", "text_reminders", "custom_domain", "web_hooks", "reports"}
TIERS: Final = {
    "FREE": (_FREE, (2, 3, 1, 2, 100, 200, 100)),
    "STARTER": (_STARTER, (5, 10, 1, 5, 500, 2_000, 1_000)),
    "PROFESSIONAL": (_PROFESSIONAL, (25, 50, 1, 25, 5_000, 20_000, 10_000)),
    "ENTERPRISE": (set(FEATURES), (None,) * 7),
}
"""The plans as they were when there were first any; those of today are the code's."""
LIMITS: Final = ("users", "resources", "locations", "devices", "appointments_a_month", "customers", "storage_mib")
OPERATOR: Final = "1b776b83-c010-529e-b8f4-46a15c851519"
"""Who acts where a command of the server does."""
FILL: Final = """
INSERT INTO plan (id, tier, features, users, resources, locations, devices, appointments_a_month, customers,
    storage_mib)
VALUES (%(id)s, %(tier)s, %(features)s, %(users)s, %(resources)s, %(locations)s, %(devices)s, %(appointments_a_month)s,
    %(customers)s, %(storage_mib)s);
"""
POINT: Final = "INSERT INTO sync_row (table_name, pk, version, op) VALUES ('plan', %s, %s, 'put')"
LOG: Final = """
INSERT INTO mutation_log (version, ordinal, id, name, v, args, args_hash, user_id, role, at, outcome, details,
    recorded_at)
VALUES (%(version)s, 0, %(id)s, 'plan.set', 1, %(args)s, %(args_hash)s, %(user_id)s, 'SUPERUSER',
    date_trunc('second', %(now)s::timestamptz), 'applied', '{}', %(now)s)
"""


def upgrade() -> None:
    """Make the table, and fill it where there is a business already."""
    op.execute(SQL)
    if not context.is_offline_mode():
        _fill()
    op.execute("ALTER TABLE tenant_state DROP COLUMN tier")


def _fill() -> None:
    run = op.get_bind().exec_driver_sql
    found = run("SELECT business.id::text, tier FROM business CROSS JOIN tenant_state").one_or_none()
    if found is not None:
        business, tier = found
        features, most = TIERS[tier]
        limits = dict(zip(LIMITS, most, strict=True))
        named = [one for one in FEATURES if one in features]
        # Within one transaction the clock is taken as by everybody, in the control schema.
        taken = "SELECT public.take_clock(id) FROM public.tenants WHERE schema_name = current_schema()"
        version = run(taken).scalar_one()
        run(FILL, {"id": business, "tier": tier, "features": text(named), **limits})
        run(POINT, (business, version))
        args = {"business_id": business, "tier": tier, "features": named, **limits}
        hashed = hashlib.sha256(text(["plan.set", 1, args]).encode()).hexdigest()
        told = {"version": version, "args": text(args), "args_hash": hashed, "user_id": OPERATOR}
        run(LOG, {"id": str(new_id()), "now": clock.now(), **told})


def text(value: object) -> str:
    """JSON as it is hashed: keys sorted, nothing between tokens."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
