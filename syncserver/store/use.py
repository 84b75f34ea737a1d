"""How much a tenant has of what its plan limits."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection

from shared.clock import instant_text
from shared.model.base import Span
from shared.model.plan import Limit
from syncserver.store.plans import counted_of
from syncserver.store.tenancy import Tenant, tenant_part
from syncserver.store.working_set import VISITS

_KEPT: Final = f"""
SELECT (SELECT count(*) FROM resource WHERE NOT archived), (SELECT count(*) FROM location WHERE NOT archived),
    (SELECT count(*) FROM customer WHERE NOT archived), (SELECT count(*) FROM appointment WHERE {VISITS})
"""


def use_of(connection: Connection, tenant: Tenant, month: Span) -> Mapping[Limit, int]:
    """What there is of each limit that is counted, visits in this month; in a control transaction."""
    given = (instant_text(month.start), instant_text(month.end))
    counted = counted_of(connection, tenant)
    with tenant_part(connection, tenant):
        resources, locations, customers, visits = connection.exec_driver_sql(_KEPT, given).one()
    return {
        **counted,
        Limit.RESOURCES: resources,
        Limit.LOCATIONS: locations,
        Limit.CUSTOMERS: customers,
        Limit.APPOINTMENTS_A_MONTH: visits,
    }
