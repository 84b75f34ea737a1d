"""What the plans include where none are stored, and what a capability needs of a plan."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final

from shared.errors import Code, Refusal
from shared.model.base import BusinessId, value
from shared.model.member import Role
from shared.model.plan import Feature, Limit, Plan, Tier
from shared.rules.permissions import Capability, may
from shared.store import Reads


class Group(StrEnum):
    """The groups in which features are offered."""

    PAYMENTS = "payments"
    COMMUNICATION = "communication"
    CUSTOMIZATION = "customization"
    PLUGINS = "plugins"
    ADVANCED = "advanced"
    ENTERPRISE = "enterprise"


GROUPS: Final[Mapping[Group, tuple[Feature, ...]]] = {
    Group.PAYMENTS: (Feature.TAKE_PAYMENTS, Feature.DEPOSITS),
    Group.COMMUNICATION: (Feature.MAIL_REMINDERS, Feature.TEXT_REMINDERS),
    Group.CUSTOMIZATION: (Feature.BRANDING, Feature.CUSTOM_DOMAIN),
    Group.PLUGINS: (Feature.PLUGINS, Feature.WEB_HOOKS),
    Group.ADVANCED: (Feature.WAITLIST, Feature.SERIES, Feature.REPORTS, Feature.CALENDAR_FEEDS),
    Group.ENTERPRISE: (Feature.AUDIT_TRAIL, Feature.SEVERAL_LOCATIONS),
}
"""Every feature, each in one group."""


@value
class Allowance:
    """What a plan includes: its features, and the most of each limit, None for any number."""

    features: frozenset[Feature]
    limits: Mapping[Limit, int | None]


@value
class Override:
    """What one tenant has otherwise than its tier; None keeps the tier's features, a limit that is left out its own."""

    features: frozenset[Feature] | None = None
    limits: Mapping[Limit, int | None]


_FREE: Final = frozenset({Feature.MAIL_REMINDERS, Feature.SERIES})
_STARTER: Final = _FREE | {Feature.TAKE_PAYMENTS, Feature.WAITLIST, Feature.CALENDAR_FEEDS, Feature.BRANDING}
_PROFESSIONAL: Final = _STARTER | {
    Feature.DEPOSITS, Feature.TEXT_REMINDERS, Feature.CUSTOM_DOMAIN, Feature.WEB_HOOKS, Feature.REPORTS
}  # fmt: skip

DEFAULTS: Final[Mapping[Tier, Allowance]] = {
    tier: Allowance(features=features, limits=dict(zip(Limit, most, strict=True)))
    for tier, features, most in (
        # Users, resources, locations, devices, appointments a month, customers, MiB.
        (Tier.FREE, _FREE, (2, 3, 1, 2, 100, 200, 100)),
        (Tier.STARTER, _STARTER, (5, 10, 1, 5, 500, 2_000, 1_000)),
        (Tier.PROFESSIONAL, _PROFESSIONAL, (25, 50, 1, 25, 5_000, 20_000, 10_000)),
        (Tier.ENTERPRISE, frozenset(Feature), (None,) * len(Limit)),
    )
}
"""What each tier includes where no plan is stored for it; a higher one has all that a lower one has."""

NEEDS: Final[Mapping[Capability, Feature]] = {
    Capability.BOOK_SERIES: Feature.SERIES,
    Capability.WAITLIST: Feature.WAITLIST,
    Capability.RECORD_PAYMENT: Feature.TAKE_PAYMENTS,
    Capability.REFUND: Feature.TAKE_PAYMENTS,
    Capability.SEE_REPORTS: Feature.REPORTS,
    Capability.READ_AUDIT: Feature.AUDIT_TRAIL,
    Capability.SHARE_CALENDAR: Feature.CALENDAR_FEEDS,
}
"""The feature without which a capability is nobody's, whatever their role; the book itself needs none."""


def includes(features: Collection[str], capability: Capability) -> bool:
    """Whether a plan of these features has what a capability needs."""
    needed = NEEDS.get(capability)
    return needed is None or needed in features


def cheapest_with(feature: Feature) -> Tier:
    """The least tier that has a feature, stored plans aside: what a rule says is the same wherever it is decided."""
    return next(tier for tier in Tier if feature in DEFAULTS[tier].features)


def effective(allowance: Allowance, override: Override | None) -> Allowance:
    """What a tenant of a plan has."""
    if override is None:
        return allowance
    features = allowance.features if override.features is None else override.features
    return Allowance(features=features, limits={**allowance.limits, **override.limits})


def plan_row(business_id: BusinessId, tier: Tier, allowance: Allowance) -> Plan:
    """The row that a tenant's book has of what it includes."""
    limits = {limit.value: most for limit, most in allowance.limits.items()}
    features = tuple(one.value for one in Feature if one in allowance.features)
    return Plan(id=business_id, tier=tier.value, features=features, **limits)


def require_feature(plan: Plan, feature: Feature) -> None:
    """Refuse what the plan has not; named are the feature and the least tier that has it."""
    if feature not in plan.features:
        raise Refusal(Code.FEATURE_NOT_IN_PLAN, feature=feature.value, tier=cheapest_with(feature).value)


def require_held(role: Role, capability: Capability) -> None:
    """Refuse what the role does not hold."""
    if not may(role, capability):
        raise Refusal(Code.NOT_ALLOWED, capability=capability.value, role=role.value)


def require_right(reads: Reads, role: Role, capability: Capability) -> None:
    """Refuse what the role does not hold, then what the plan does not have."""
    require_held(role, capability)
    if (needed := NEEDS.get(capability)) is not None:
        require_feature(reads.plan(), needed)
