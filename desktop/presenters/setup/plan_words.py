"""The plan of the business and its use in words: those of the sentences that refuse what it has no room for."""

from typing import Final

from desktop.models.setup_rows import FeatureRow, LimitRow, PlanPage
from desktop.presenters.words import Words
from desktop.queries.plan_use import PlanUse
from desktop.sync.office import PlanTerms
from shared.dates import Dates
from shared.errors import Code
from shared.model.plan import Feature, Limit, Plan, Tier
from shared.rules.plans import cheapest_with
from shared.rules.wall_time import local
from shared.texts import feature_words, limit_words, plan_words, sentence

WHOM: Final = (
    "For more, ask the people who run {server}: they choose the plan of a business, and can agree more with it. "
    "Nothing is changed on this page."
)
AGREED: Final = "Agreed with you"
AGREED_ABOVE: Final = (
    "Something else was agreed with you than the {plan} says by itself. It holds, and is marked below."
)
FULL: Final = "{said} What there is stays; another one is not taken."
ONLY_SERVER: Final = "Only the server counts them."
NO_STORAGE: Final = "No files are kept yet: it counts from the first one on."
MONTH: Final = "Those that start in {month}; each month counts by itself."
FEATURES: Final = "features"
FEATURES_AGREED: Final = "What is included was agreed with you."


def plan_page(told: PlanUse, terms: PlanTerms | None, words: Words, *, server: str) -> PlanPage:
    """The page; `terms` is what the server said, None where it has not."""
    plan, otherwise = told.plan, frozenset() if terms is None else terms.otherwise
    agreed = AGREED_ABOVE.format(plan=plan_words(plan.tier)) if otherwise else ""
    return PlanPage(
        title=_capital(plan_words(plan.tier)), whom=WHOM.format(server=server), agreed=agreed,
        limits=tuple(_limit(told, limit, terms, words) for limit in Limit),
        features_note=FEATURES_AGREED if FEATURES in otherwise else "",
        included=tuple(FeatureRow(title=_capital(feature_words(one))) for one in _included(plan)),
        missing=tuple(_missing(one, plan) for one in Feature if one not in plan.features),
    )  # fmt: skip


def _limit(told: PlanUse, limit: Limit, terms: PlanTerms | None, words: Words) -> LimitRow:
    used, most = _used(told, limit, terms), _most(told.plan, limit)
    is_full = used is not None and most is not None and used >= most
    return LimitRow(
        name=limit.value, title=_capital(limit_words(limit.value)), used=_counted(used, most), is_full=is_full,
        mark="Full" if is_full else "", note=_note(told, limit, used, words),
        share=None if used is None or most is None else min(1.0, used / most) if most else 1.0,
        agreed=AGREED if terms is not None and limit.value in terms.otherwise else "",
    )  # fmt: skip


def _used(told: PlanUse, limit: Limit, terms: PlanTerms | None) -> int | None:
    if limit is Limit.DEVICES:
        return None if terms is None else terms.devices
    return told.counts.get(limit)


def _most(plan: Plan, limit: Limit) -> int | None:
    """What the rules let be: without the feature there is one location, whatever the limit."""
    most = plan.most(limit)
    if limit is Limit.LOCATIONS and Feature.SEVERAL_LOCATIONS not in plan.features:
        return 1 if most is None else min(1, most)
    return most


def _counted(used: int | None, most: int | None) -> str:
    if used is None:
        return "Any number" if most is None else f"{most:,} at most"
    return f"{used:,}, without a limit" if most is None else f"{used:,} of {most:,}"


def _note(told: PlanUse, limit: Limit, used: int | None, words: Words) -> str:
    """What there is to know: that it is full, or how it is counted."""
    most = _most(told.plan, limit)
    if used is not None and most is not None and used >= most:
        return FULL.format(said=_refused(told.plan, limit, used))
    if limit is Limit.STORAGE_MIB:
        return NO_STORAGE
    if used is None:
        return ONLY_SERVER
    left = "" if most is None else f"Room for {most - used:,} more."
    if limit is Limit.APPOINTMENTS_A_MONTH:
        month = words.month(local(told.month.start, told.business.zone).date())
        return f"{left} {MONTH.format(month=month)}".strip()
    return left


def _refused(plan: Plan, limit: Limit, used: int) -> str:
    """The sentence with which one more is refused."""
    if limit is Limit.LOCATIONS and _most(plan, limit) != plan.most(limit):
        feature = Feature.SEVERAL_LOCATIONS
        missing = {"feature": feature.value, "tier": cheapest_with(feature).value}
        return sentence(Code.FEATURE_NOT_IN_PLAN, missing, Dates())
    told = {"limit": limit.value, "held": used, "most": plan.most(limit), "tier": plan.tier}
    return sentence(Code.LIMIT_REACHED, told, Dates())


def _included(plan: Plan) -> tuple[str, ...]:
    """In the order of the groups; what a newer server names comes last."""
    known = tuple(one.value for one in Feature if one in plan.features)
    return *known, *(one for one in plan.features if one not in known)


def _missing(feature: Feature, plan: Plan) -> FeatureRow:
    """Where it is to be had; a plan that should have it by its tier was agreed, or stored, without."""
    tier, tiers = cheapest_with(feature), list(Tier)
    larger = plan.tier not in tiers or tiers.index(tier) > tiers.index(Tier(plan.tier))
    return FeatureRow(
        title=_capital(feature_words(feature.value)), detail=f"The {plan_words(tier.value)} has it." if larger else ""
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
