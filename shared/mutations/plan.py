"""The plan of a business: set by the server alone, and an edit like any other in the history."""

from typing import Annotated

from annotated_types import Ge, Le, MaxLen

from shared.errors import Code, Refusal
from shared.model.base import BusinessId
from shared.model.plan import Plan
from shared.mutations.registry import Context, Line, Mutation, arguments, register
from shared.rules.permissions import Capability
from shared.store import Changes, Reads, Wanted

Most = Annotated[int, Ge(0), Le(10**12)] | None
"""The most there may be; null is no limit."""


@arguments
class PlanSet:
    """`plan.set`: the whole plan as it is from now on. No role of a business holds its capability."""

    business_id: BusinessId
    tier: Line
    features: Annotated[tuple[Line, ...], MaxLen(100)]
    users: Most
    resources: Most
    locations: Most
    devices: Most
    appointments_a_month: Most
    customers: Most
    storage_mib: Most


def set_plan(reads: Reads, ctx: Context, args: PlanSet) -> Changes:
    """Put the business on a plan; the one that it has changes nothing. What there is already stays, however much."""
    if reads.business().id != args.business_id:
        raise Refusal(Code.NOT_FOUND, what="business", subject=args.business_id)
    after = Plan(
        id=args.business_id,
        tier=args.tier,
        features=args.features,
        users=args.users,
        resources=args.resources,
        locations=args.locations,
        devices=args.devices,
        appointments_a_month=args.appointments_a_month,
        customers=args.customers,
        storage_mib=args.storage_mib,
    )
    return Changes() if reads.find(Plan, after.id) == after else Changes(put=(after,))


SET = register(
    Mutation(
        name="plan.set",
        version=1,
        capability=Capability.SET_PLANS,
        arguments=PlanSet,
        run=set_plan,
        wants=lambda args: Wanted(rows=((Plan, args.business_id),)),
        subject=lambda args: args.business_id,
    )
)
