"""Record ids with 15 and 18 characters."""

from __future__ import annotations

import pytest

from cpqbridge.salesforce.ids import to_18

KNOWN = "001D000000IqhSLIAZ"


@pytest.mark.parametrize("text", [KNOWN, KNOWN[:15], KNOWN.lower(), KNOWN.upper()])
def test_every_way_to_write_an_id_gives_the_same_one(text: str) -> None:
    assert to_18(text) == KNOWN


@pytest.mark.parametrize(
    "text", ["", "foo", KNOWN[:17], KNOWN + "A", "001D000000Iqh'L", KNOWN[:15] + "555", "00é" + "0" * 12]
)
def test_what_is_no_id_is_none(text: str) -> None:
    assert to_18(text) is None
