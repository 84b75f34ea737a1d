"""The form of a plan: a tier, and what is to be otherwise, which counts only where its box is ticked."""

import json
from collections.abc import Mapping
from typing import Final

from shared.model.plan import Feature, Limit, Tier
from shared.protocol.problems import ProblemCode
from shared.rules.plans import GROUPS, Allowance, Override, effective
from syncserver.services.declined import Declined
from syncserver.services.platform.plans import Offered
from syncserver.services.platform.platform_tenants import Terms
from syncserver.store.plans import Deal
from syncserver.web.pages import Form

_MOST: Final = 1_000_000_000
_LIMITS: Final = {limit: f"limit_{limit.value}" for limit in Limit}
_FEATURES: Final = {feature: f"feature_{feature.value}" for feature in Feature}
FIELDS: Final = ("tier", "override", *_LIMITS.values(), *_FEATURES.values())
LIMIT_WORDS: Final[Mapping[Limit, str]] = {
    Limit.USERS: "Users",
    Limit.RESOURCES: "Resources",
    Limit.LOCATIONS: "Locations",
    Limit.DEVICES: "Devices",
    Limit.APPOINTMENTS_A_MONTH: "Appointments a month",
    Limit.CUSTOMERS: "Customers",
    Limit.STORAGE_MIB: "Storage in MiB",
}


def terms_of(form: Form) -> Terms:
    """What is wished of a plan; limits and features are looked at only where the override's box is ticked.

    Declined as `invalid` for a tier that there is not, or a limit that is no number.
    """
    if form["tier"] not in set(Tier):
        raise Declined(ProblemCode.INVALID, "Choose a tier.", field="tier")
    return Terms(tier=Tier(form["tier"]), wanted=_wanted(form) if form["override"] else None)


def _wanted(form: Form) -> Allowance:
    features = frozenset(feature for feature, name in _FEATURES.items() if form[name])
    return Allowance(features=features, limits={limit: _most(limit, form[name]) for limit, name in _LIMITS.items()})


def _most(limit: Limit, said: str) -> int | None:
    plain = said.strip()
    if not plain:
        return None
    if not (plain.isascii() and plain.isdecimal() and len(plain) <= len(str(_MOST)) and int(plain) <= _MOST):
        said = f"{LIMIT_WORDS[limit]}: a number, or nothing for any number."
        raise Declined(ProblemCode.INVALID, said, field=_LIMITS[limit])
    if limit is Limit.USERS and int(plain) == 0:
        raise Declined(ProblemCode.INVALID, "Users: one at least, or the owner cannot get in.", field=_LIMITS[limit])
    return int(plain)


def plan_fields(offered: Mapping[Tier, Offered], deal: Deal, *, typed: Form | None = None) -> dict[str, object]:
    """What the template of the form shows: every tier's plan for the script, and what is set now or was typed."""
    has = effective(offered[deal.tier].allowance, deal.override)
    shown = {limit: "" if has.limits[limit] is None else str(has.limits[limit]) for limit in Limit}
    ticked, overrides = set(has.features), deal.override is not None
    if typed is not None:
        shown = {limit: typed[name] for limit, name in _LIMITS.items()}
        ticked = {feature for feature, name in _FEATURES.items() if typed[name]}
        overrides = bool(typed["override"])
    return {
        "tier": deal.tier,
        "tiers": [(tier, _told(one.allowance)) for tier, one in offered.items()],
        "overrides": overrides,
        "limits": [(_LIMITS[limit], LIMIT_WORDS[limit], shown[limit]) for limit in Limit],
        "groups": [
            (group.value, [(_FEATURES[one], one.value, one in ticked) for one in features])
            for group, features in GROUPS.items()
        ],
    }


def plain_deal(tier: Tier) -> Deal:
    """A tier as it is."""
    return Deal(tier=tier, override=None)


def _told(allowance: Allowance) -> str:
    """A plan by the names of the form's fields, as JSON for the script."""
    limits = {_LIMITS[limit]: "" if most is None else str(most) for limit, most in allowance.limits.items()}
    features = {_FEATURES[one]: one in allowance.features for one in Feature}
    return json.dumps({**limits, **features})


def differing(override: Override | None) -> frozenset[str]:
    """Which limits a tenant has otherwise than its tier, by name."""
    return frozenset() if override is None else frozenset(limit.value for limit in override.limits)
