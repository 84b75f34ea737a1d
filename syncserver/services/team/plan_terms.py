"""What of a business's plan does not stand in its book: what was agreed otherwise, and who and what is counted here."""

from collections.abc import Iterator
from typing import Final

from shared.model.plan import Limit
from shared.protocol import account_messages as messages
from shared.rules.plans import Override
from syncserver.services.identity.holders import Holder
from syncserver.services.server import Server
from syncserver.store.plans import counted_of, deal_of
from syncserver.store.tenancy import control_transaction

FEATURES: Final = "features"
"""What names the features among what was agreed otherwise."""


def shown(server: Server, holder: Holder) -> messages.PlanTerms:
    """What the business has apart from its tier, and how many users and devices count."""
    with control_transaction(server.engine, read_only=True) as connection:
        deal = deal_of(connection, holder.tenant, held=False)
        counted = counted_of(connection, holder.tenant)
    return messages.PlanTerms(
        otherwise=tuple(_names(deal.override)), users=counted[Limit.USERS], devices=counted[Limit.DEVICES]
    )


def _names(override: Override | None) -> Iterator[str]:
    if override is None:
        return
    yield from (limit.value for limit in Limit if limit in override.limits)
    if override.features is not None:
        yield FEATURES
