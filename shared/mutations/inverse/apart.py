"""The way back from two who were kept apart, and from asking again."""

from shared.mutations.apart import KeepApart, SuggestAgain
from shared.mutations.inverse.table import Done, Edit, Edits, inverts


@inverts("customer.keep_apart")
def _suggest(done: Done[KeepApart]) -> Edits:
    args = SuggestAgain(one_id=done.args.one_id, other_id=done.args.other_id)
    return (Edit(name="customer.suggest_again", args=args),)


@inverts("customer.suggest_again")
def _apart_again(done: Done[SuggestAgain]) -> Edits:
    args = KeepApart(one_id=done.args.one_id, other_id=done.args.other_id)
    return (Edit(name="customer.keep_apart", args=args),)
