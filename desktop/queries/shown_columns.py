"""Which resources of a location are shown, and in which order: as somebody has chosen, or as they are set up."""

from collections.abc import Sequence

from shared.model.base import value
from shared.model.resource import Resource, ResourceKind


@value
class Shown:
    """`ids` chosen by hand in their order; without any, the resources of some `kinds`; without these, all."""

    ids: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


EVERYTHING = Shown()
_KINDS = tuple(ResourceKind)


def shown_of(resources: Sequence[Resource], choice: Shown) -> list[Resource]:
    """Those that are shown of a location's resources; all of them where none is left of what was chosen.

    A choice of kinds keeps people, rooms and equipment apart, each in the order of the set-up.
    """
    by_id = {str(one.id): one for one in resources}
    by_hand = [by_id[one] for one in choice.ids if one in by_id]
    if by_hand:
        return by_hand
    of_kinds = [one for one in resources if one.kind.value in choice.kinds]
    return sorted(of_kinds, key=lambda one: _KINDS.index(one.kind)) or list(resources)
