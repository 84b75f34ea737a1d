"""The figures of some days of a location, by the same rules as at the desk."""

from shared.errors import Code, Refusal
from shared.protocol.problems import ProblemCode
from shared.rules.numbers.material import Asked
from shared.rules.numbers.report import Numbers, read_numbers
from syncserver.services.declined import Declined
from syncserver.services.server import Principal, Server
from syncserver.store.numbers import TenantSource
from syncserver.store.tenancy import tenant_transaction


def numbers_at(server: Server, principal: Principal, asked: Asked) -> Numbers:
    """The figures.

    Declined as `not_found` where the business has no such location. Raises Refusal(INVALID) for days that run
    backwards, and for more than a year of them.
    """
    with tenant_transaction(server.engine, principal.tenant, read_only=True) as connection:
        try:
            return read_numbers(TenantSource(connection), asked)
        except Refusal as refusal:
            if refusal.code is Code.NOT_FOUND:
                # It may be a location of another business: the trail tells of that.
                raise Declined(ProblemCode.NOT_FOUND) from refusal
            raise
