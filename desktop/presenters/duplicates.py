"""All who may be one person, listed in place of the customers, and compared one pair after another."""

from typing import Final

from PySide6.QtCore import QObject

from desktop.presenters.customer_words import pair_row
from desktop.presenters.customers import CustomersPresenter
from desktop.presenters.link import Link
from desktop.queries.duplicates import GROUPS, Buckets, FoundPair, Keys, keys_after, pairs_among
from desktop.views.main_window import MainWindow
from shared.model.base import CustomerId
from shared.model.member import Role
from shared.rules.duplicates import by_likeness
from shared.rules.permissions import Capability, may

SHOWN: Final = 200
"""Pairs that are listed at once; when some of them are one, further ones come up."""


class DuplicatesPresenter(QObject):
    """Looks through the customers a part at a time, and shows what was found when it is through."""

    def __init__(
        self, link: Link, window: MainWindow, customers: CustomersPresenter, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._link, self._window, self._view, self._customers = link, window, window.customers, customers
        self._search = 0
        """Counts the searches: what an older one finds is not shown."""
        self._pairs: dict[str, FoundPair] = {}
        """Those that are listed, in their order, by the ids of their rows."""
        self._count = 0
        self._row = ""
        """The row that is chosen, where a pair of the list is compared, and all rows as they stood then."""
        self._rows: list[str] = []
        customers.lead_on = self._lead_on
        self._view.duplicatesWanted.connect(self._wanted)
        self._view.pairChosen.connect(self._chosen)
        self._view.page.compareRequested.connect(self._leave)
        window.pageShown.connect(self._look_again)
        link.changed.connect(self._changed)

    def set_role(self, role: Role) -> None:
        """Say what the person at the desk is: it decides whether duplicates are for them."""
        self._view.offer_duplicates(offered=may(role, Capability.MANAGE_CUSTOMERS))

    def _wanted(self, wanted: bool) -> None:  # noqa: FBT001 - it comes from a signal
        self._search += 1
        if wanted:
            self._look()

    def _changed(self, tables: frozenset[str]) -> None:
        if tables & {"customer", "kept_apart"}:
            self._look_again()

    def _look_again(self, _page: str = "") -> None:
        if self._view.is_of_pairs and self._window.page == "customers":
            self._search += 1
            self._look()

    def _look(self) -> None:
        if not self._pairs:
            self._view.show_found("Looking through the customers…", (), "")
        self._read(self._search, Buckets(), "")

    def _read(self, search: int, buckets: Buckets, last: str) -> None:
        def took(keys: Keys) -> None:
            if search != self._search:
                return
            buckets.add(keys)
            if keys.last:
                self._read(search, buckets, keys.last)
            else:
                self._compare(search, buckets.groups(), [])

        self._link.ask(lambda replica: keys_after(replica, last), took)

    def _compare(self, search: int, groups: list[tuple[CustomerId, ...]], found: list[FoundPair]) -> None:
        if not groups:
            self._show(found)
            return

        def took(pairs: tuple[FoundPair, ...]) -> None:
            if search == self._search:
                self._compare(search, groups[GROUPS:], [*found, *pairs])

        self._link.ask(lambda replica: pairs_among(replica, groups[:GROUPS]), took)

    def _show(self, found: list[FoundPair]) -> None:
        # Who shares a phone and an address was found by both.
        each = {(one.pair.one.id, one.pair.other.id): one for one in found}
        ordered = [each[one.one.id, one.other.id] for one in by_likeness(one.pair for one in each.values())]
        self._pairs, self._count = {pair_row(one).id: one for one in ordered[:SHOWN]}, len(ordered)
        self._list()

    def _list(self) -> None:
        several = "1 pair may be" if self._count == 1 else f"{self._count:,} pairs may be"
        heading = f"{several} one person" if self._count else "Nobody seems to be there twice"
        first = f": the first {SHOWN}" if self._count > SHOWN else ""
        chosen = self._row if self._view.part == "merge" else ""
        self._view.show_found(f"{heading}{first}", tuple(map(pair_row, self._pairs.values())), chosen)

    def _chosen(self, row_id: str) -> None:
        found = self._pairs.get(row_id)
        if found is not None:
            self._row, self._rows = row_id, list(self._pairs)
            self._customers.compare(found.pair.one.id, found.pair.other.id)

    def _leave(self) -> None:
        """Two are compared from the page of one of them: that leads nowhere in the list."""
        self._row = ""

    def _lead_on(self, one_id: str, other_id: str, merged_id: str) -> bool:
        """Go on to the pair after one that is settled, after the last to the first; whether there is another."""
        # Those whose merging was refused are compared with the other one first.
        either = (f"{one_id} {other_id}", f"{other_id} {one_id}")
        settled = next((row for row in either if row in self._rows), "")
        if not self._view.is_of_pairs or not settled or not self._row:
            return False
        if self._row != settled:
            # Another pair was chosen meanwhile, and comes.
            return True
        # Whoever is merged is in no pair any more.
        for row in [row for row in self._pairs if row == settled or (merged_id and merged_id in row.split())]:
            del self._pairs[row]
            self._count -= 1
        place = self._rows.index(settled)
        after = (*self._rows[place + 1 :], *self._rows[:place])
        following = next((row for row in after if row in self._pairs), "")
        self._chosen(following)
        self._list()
        return bool(following)
