"""Visits that repeat: booking them, going on with them, changing and ending them."""

from typing import Any

from shared.mutations.registry import Mutation, as_before, register
from shared.mutations.series import changing, ending, following, making
from shared.mutations.series.arguments import BookSeries, ChangeSeries, EndSeries, ExtendSeries, TurnBack
from shared.rules import series as rules
from shared.rules.permissions import Capability


def _about(args: Any) -> str:
    return str(args.series_id)


BOOK = register(
    Mutation(
        name="series.book",
        version=1,
        capability=Capability.BOOK_SERIES,
        arguments=BookSeries,
        run=making.book,
        wants=making.wanted_by_book,
        wants_next=making.wanted_next_by_book,
        subject=_about,
        makes=lambda args: rules.most_made(args.rrule),
        depends_on=lambda args: tuple(one for one in (args.customer_id, args.visit_id) if one),
    )
)
EXTEND = register(
    Mutation(
        name="series.extend",
        version=1,
        capability=Capability.BOOK_SERIES,
        arguments=ExtendSeries,
        run=making.extend,
        wants=making.wanted_by_extend,
        wants_next=making.wanted_next_by_extend,
        subject=_about,
        makes=lambda args: rules.MOST_AT_ONCE,
        depends_on=lambda args: (args.series_id,),
    )
)
CHANGE = register(
    Mutation(
        name="series.change",
        version=1,
        capability=Capability.BOOK_SERIES,
        arguments=ChangeSeries,
        run=changing.change,
        wants=changing.wanted_by_change,
        wants_next=changing.wanted_next_by_change,
        subject=_about,
        # Those that there are, and those that come in their place.
        makes=lambda args: rules.MOST_AT_ONCE + rules.most_made(args.rrule, rules.MOST_CHANGED),
        depends_on=lambda args: (args.series_id,),
        refreshed=following.change_of_rest,
    )
)
# What is there stays usable where the plan has no series any more: it can be ended, and what was done taken back.
END = register(
    Mutation(
        name="series.end",
        version=2,
        upcasters={1: as_before},
        capability=Capability.BOOK,
        arguments=EndSeries,
        run=ending.end,
        wants=ending.wanted_by_end,
        wants_next=ending.wanted_next_by_end,
        subject=_about,
        makes=lambda args: rules.MOST_AT_ONCE,
        depends_on=lambda args: (args.series_id,),
        refreshed=following.end_of_all,
    )
)
TURN_BACK = register(
    Mutation(
        name="series.turn_back",
        version=4,
        upcasters=dict.fromkeys((1, 2, 3), as_before),
        capability=Capability.BOOK,
        arguments=TurnBack,
        run=ending.turn_back,
        wants=ending.wanted_by_turn_back,
        wants_next=ending.wanted_next_by_turn_back,
        subject=_about,
        makes=lambda args: 1 + len(args.visits) + (0 if args.ended is None else rules.MOST_AT_ONCE),
        depends_on=lambda args: (args.series_id,),
    )
)
