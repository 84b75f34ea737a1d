"""The business's own row: its name, its language and its policies."""

from shared.errors import Code, Refusal
from shared.model.base import (
    BusinessId,
)
from shared.model.business import Business
from shared.mutations.fields import DEAREST, edited
from shared.mutations.registry import Context, arguments
from shared.mutations.setup import Edits, changed, setup
from shared.rules.permissions import Capability
from shared.store import Changes, Reads

_LONGEST_WINDOW = 366 * 24 * 60
"""Minutes: far beyond any notice, far short of what a calendar cannot count."""
_BUSINESS_FIELDS = frozenset(
    {"name", "locale", "first_day_of_week", "slot_step", "min_notice", "max_advance", "cancel_window"}
    | {"requests_hold", "series_clash", "approval", "request_life", "late_fee"}
)


@arguments
class BusinessUpdate:
    """`business.update`."""

    business_id: BusinessId
    edits: Edits


def update_business(reads: Reads, ctx: Context, args: BusinessUpdate) -> Changes:
    """Change the business's own row; zone and currency stay what they are."""
    now = reads.business()
    if now.id != args.business_id:
        raise Refusal(Code.NOT_FOUND, what="business", subject=args.business_id)
    after = edited(now, args.edits, editable=_BUSINESS_FIELDS, contested=(), takes_back=ctx.takes_back)
    fits = {
        "first_day_of_week": 0 <= after.first_day_of_week <= 6,
        "slot_step": after.slot_step in (5, 10, 15, 20, 30, 60),
        "min_notice": 0 <= after.min_notice <= _LONGEST_WINDOW,
        "cancel_window": 0 <= after.cancel_window <= _LONGEST_WINDOW,
        "max_advance": 1 <= after.max_advance <= 3660,
        "request_life": 0 <= after.request_life <= _LONGEST_WINDOW,
        "late_fee": 0 <= after.late_fee <= DEAREST,
        "series_clash": after.series_clash in ("part", "refuse"),
    }
    for field, fit in fits.items():
        if not fit:
            raise Refusal(Code.INVALID, what="value", field=field)
    return changed(now, after)


setup(
    "business.update", BusinessUpdate, update_business, "business_id", Business,
    capability=Capability.MANAGE_BUSINESS, version=2,
)  # fmt: skip
