"""Two records that are alike and of two people."""

from shared.model.base import CustomerId, KeptApartId, value


@value
class KeptApart:
    """Somebody looked at two records and found two people: nobody is asked about them again.

    The id follows from the two (`shared.rules.apart`), and `one_id` is the lower of theirs: two desks make one row.
    """

    id: KeptApartId
    one_id: CustomerId
    other_id: CustomerId
