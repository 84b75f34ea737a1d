"""Changes that are added up: together they make what they make one after the other."""

from dataclasses import replace
from itertools import product

import pytest

from shared.model.customer import Customer
from shared.store import Changes, Overlay
from tests.support.memory import MemoryTx
from tests.support.salon import BUSINESS, MIRA

KEY = (Customer, MIRA.id)
STEPS = {
    "put": Changes(put=(replace(MIRA, alert="late"),)),
    "put otherwise": Changes(put=(replace(MIRA, alert="early"),)),
    "removed": Changes(removed=(KEY,)),
    "removed and put": Changes(put=(replace(MIRA, alert="anew"),), removed=(KEY,)),
    "told of only": Changes(adjusted={"taken": []}),
}


@pytest.mark.parametrize("there", [(), (MIRA,)], ids=["new", "there before"])
@pytest.mark.parametrize("steps", list(product(STEPS, repeat=3)), ids=" then ".join)
def test_a_sum_is_one_after_the_other(steps: tuple[str, ...], there: tuple[Customer, ...]) -> None:
    one_by_one, at_once = MemoryTx(BUSINESS, *there), MemoryTx(BUSINESS, *there)
    made = Changes()
    for step in steps:
        one_by_one.apply(STEPS[step])
        made += STEPS[step]
    laid = Overlay(at_once, made).find(*KEY)
    at_once.apply(made)
    assert one_by_one.find(*KEY) == at_once.find(*KEY) == laid
