"""What a business's plan includes."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from shared.rules.permissions import Capability


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


_FREE: Final = frozenset({Feature.MAIL_REMINDERS, Feature.SERIES})
_STARTER: Final = _FREE | {Feature.TAKE_PAYMENTS, Feature.WAITLIST, Feature.CALENDAR_FEEDS, Feature.BRANDING}
_PROFESSIONAL: Final = _STARTER | {
    Feature.DEPOSITS, Feature.TEXT_REMINDERS, Feature.CUSTOM_DOMAIN, Feature.WEB_HOOKS, Feature.REPORTS
}  # fmt: skip

INCLUDED: Final[Mapping[Tier, frozenset[Feature]]] = {
    Tier.FREE: _FREE,
    Tier.STARTER: _STARTER,
    Tier.PROFESSIONAL: _PROFESSIONAL,
    Tier.ENTERPRISE: frozenset(Feature),
}
"""What each tier includes; a higher one has all that a lower one has."""

NEEDS: Final[Mapping[Capability, Feature]] = {}
"""The feature without which a capability is nobody's, whatever their role; the book itself needs none."""


def includes(tier: Tier, capability: Capability) -> bool:
    """Whether a plan has what a capability needs."""
    needed = NEEDS.get(capability)
    return needed is None or needed in INCLUDED[tier]
