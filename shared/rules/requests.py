"""What a wish to come becomes, and how long the team has to answer it."""

from datetime import datetime, timedelta

from shared.errors import Code, Refusal
from shared.model.appointment import Appointment, Status
from shared.model.business import Business
from shared.model.member import Role
from shared.rules.permissions import Capability, Scope, scope


def stands_as(asked: Status, business: Business, role: Role) -> Status:
    """How a new booking stands: as the team asks for; a customer's as the business has it, whatever they ask for."""
    if scope(role, Capability.BOOK) is Scope.ALL:
        return asked
    return Status.REQUESTED if business.approval else Status.BOOKED


def require_answers(role: Role) -> None:
    """Refuse whoever may not answer a request: nobody accepts or declines their own."""
    if scope(role, Capability.PROGRESS) is not Scope.ALL:
        raise Refusal(Code.NOT_ALLOWED, capability=Capability.PROGRESS.value, role=role.value)


def expires_at(request: Appointment, business: Business) -> datetime:
    """When a request that nobody has answered ends: after its time, and with its start at the latest."""
    if not business.request_life:
        return request.starts_at
    return min(request.starts_at, request.steps[-1].at + timedelta(minutes=business.request_life))
