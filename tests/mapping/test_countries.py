"""Every country of Zuora's list, the names that Salesforce users write, and the nearest of a misspelt one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.mapping import countries
from cpqbridge.mapping.countries import country_name, nearest_country, nearest_state, state_name

ENTRIES = [entry.split(" ", 2) for entry in countries._TABLE.replace("\n", "|").strip("|").split("|")]
NAMES = {name for _, _, name in ENTRIES}


def test_the_list_is_that_of_iso_3166() -> None:
    twos, threes, names = zip(*ENTRIES, strict=True)
    assert len(ENTRIES) == 249
    for column in (twos, threes, names):
        assert len(set(column)) == len(ENTRIES)
    assert all(len(code) == 2 and code.isupper() for code in twos)
    assert all(len(code) == 3 and code.isupper() for code in threes)


@pytest.mark.parametrize("write", [str, str.lower, str.upper, lambda text: f"  {text} "])
def test_every_code_and_name_is_known_in_any_case(write: Callable[[str], str]) -> None:
    for two, three, name in ENTRIES:
        assert {country_name(write(two)), country_name(write(three)), country_name(write(name))} == {name}


@pytest.mark.parametrize("alias", countries._ALIASES)
def test_every_alias_leads_to_a_country_and_hides_none(alias: str) -> None:
    assert country_name(alias) in NAMES
    assert country_name(alias.upper()) == country_name(alias)
    assert alias == alias.lower()
    assert alias not in {name.lower() for name in NAMES}


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("USA", "United States"),
        ("U.S.A.", "United States"),
        ("UK", "United Kingdom"),
        ("Great Britain", "United Kingdom"),
        ("Deutschland", None),
        ("Czechia", "Czech Republic"),
        ("Türkiye", "Turkey"),
        ("South Korea", "Korea, Republic of"),
        ("Atlantis", None),
        ("", None),
    ],
)
def test_how_users_write_them(written: str, name: str | None) -> None:
    assert country_name(written) == name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Untied States", "United States"),
        ("Germnay", "Germany"),
        ("Nederlands", "Netherlands"),
        ("Swizerland", "Switzerland"),
        ("qqqqqqqq", None),
    ],
)
def test_the_nearest_is_offered(written: str, name: str | None) -> None:
    assert country_name(written) is None
    assert nearest_country(written) == name


@given(st.text(max_size=40))
def test_any_text_is_known_or_not_but_never_a_fault(text: str) -> None:
    assert country_name(text) in {*NAMES, None}


@pytest.mark.parametrize(("country", "count"), [("United States", 54), ("Canada", 13)])
def test_every_state_is_known_by_code_and_name(country: str, count: int) -> None:
    known = countries._KNOWN_STATES[country]
    names = set(known.values())
    assert len(names) == count
    assert len(known) == 2 * count
    for written, name in known.items():
        assert state_name(f" {written.upper()} ", country) == name


@pytest.mark.parametrize(
    ("written", "country", "name"),
    [
        ("Bavaria", "Germany", "Bavaria"),
        ("CA", "Germany", "CA"),
        ("CA", None, "CA"),
        (" Kent ", "United Kingdom", "Kent"),
        ("Bavaria", "Canada", None),
        ("Quebec", "United States", None),
    ],
)
def test_states_elsewhere_are_as_they_are_written(written: str, country: str | None, name: str | None) -> None:
    assert state_name(written, country) == name


def test_the_nearest_state_is_offered() -> None:
    assert nearest_state("Massachusets", "United States") == "Massachusetts"
    assert nearest_state("Onatrio", "Canada") == "Ontario"
    assert nearest_state("qqqqqq", "Canada") is None
