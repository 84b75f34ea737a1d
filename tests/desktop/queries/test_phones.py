"""Phone numbers are written as the business writes them."""

from dataclasses import replace

import pytest

from desktop.queries.phones import phones_text, region_of
from tests.support.salon import BUSINESS


@pytest.mark.parametrize(
    ("locale", "zone", "region"),
    [
        ("de-AT", "Europe/Berlin", "AT"),
        ("en_GB", "Europe/Berlin", "GB"),
        ("en", "Europe/Berlin", "DE"),
        ("en", "America/New_York", "US"),
        ("en", "UTC", "ZZ"),
    ],
)
def test_phones_belong_to_the_country_of_the_business(locale: str, zone: str, region: str) -> None:
    assert region_of(replace(BUSINESS, locale=locale, zone=zone)) == region


@pytest.mark.parametrize(
    ("region", "stored", "shown"),
    [
        ("US", "+12125550144", "(212) 555-0144"),
        ("US", "+1 212 555 0144", "(212) 555-0144"),
        ("US", "+442079460018", "+44 20 7946 0018"),
        ("GB", "+442079460018", "020 7946 0018"),
        ("DE", "+491715550000", "0171 5550000"),
        ("US", "+12125550144 ext. 5", "(212) 555-0144 ext. 5"),
        ("ZZ", "+12125550144", "+1 212-555-0144"),
        ("DE", "0171 5550000", "0171 5550000"),
        ("DE", "ask for Mira", "ask for Mira"),
        ("DE", "12", "12"),
    ],
)
def test_a_number_is_written_as_the_business_writes_it(region: str, stored: str, shown: str) -> None:
    assert phones_text((stored,), region) == (shown,)
