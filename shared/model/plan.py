"""What a business has by its plan: which features, and how much of what counts."""

from enum import StrEnum

from shared.model.base import BusinessId, value


class Tier(StrEnum):
    """The plans, from the least to the most."""

    FREE = "FREE"
    STARTER = "STARTER"
    PROFESSIONAL = "PROFESSIONAL"
    ENTERPRISE = "ENTERPRISE"


class Feature(StrEnum):
    """What a plan can include, in the order of its six groups."""

    TAKE_PAYMENTS = "take_payments"
    DEPOSITS = "deposits"
    MAIL_REMINDERS = "mail_reminders"
    TEXT_REMINDERS = "text_reminders"
    BRANDING = "branding"
    CUSTOM_DOMAIN = "custom_domain"
    PLUGINS = "plugins"
    WEB_HOOKS = "web_hooks"
    WAITLIST = "waitlist"
    SERIES = "series"
    REPORTS = "reports"
    CALENDAR_FEEDS = "calendar_feeds"
    AUDIT_TRAIL = "audit_trail"
    SEVERAL_LOCATIONS = "several_locations"


class Limit(StrEnum):
    """What a plan can limit; each is a field of `Plan`."""

    USERS = "users"
    RESOURCES = "resources"
    LOCATIONS = "locations"
    DEVICES = "devices"
    APPOINTMENTS_A_MONTH = "appointments_a_month"
    CUSTOMERS = "customers"
    STORAGE_MIB = "storage_mib"


@value
class Plan:
    """The plan that is in force, overrides included; the server writes it, desks only read it. None is no limit.

    Tier and features are text: a desk keeps what a newer server names.
    """

    id: BusinessId
    tier: str
    features: tuple[str, ...]
    users: int | None = None
    """Active people who work in the business; customers who sign in are no users."""
    resources: int | None = None
    locations: int | None = None
    devices: int | None = None
    """Enrolled and not revoked."""
    appointments_a_month: int | None = None
    """Starting in one calendar month of the business's zone."""
    customers: int | None = None
    storage_mib: int | None = None
    """Mebibytes of what is attached."""

    def most(self, limit: Limit) -> int | None:
        """How many there may be; None for any number."""
        found: int | None = getattr(self, limit.value)
        return found


def boundless(business_id: BusinessId) -> Plan:
    """The plan of before plans: everything, without limits. A book that was not told its plan goes by it."""
    return Plan(id=business_id, tier=Tier.ENTERPRISE.value, features=tuple(one.value for one in Feature))
