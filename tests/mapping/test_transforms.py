"""The named transforms: lengths, exact numbers, value tables, streets, countries and names of addresses."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.mapping import transforms
from cpqbridge.mapping.contact import Role, has_address, known_country, known_state, name_of_address
from cpqbridge.mapping.product import charge_model, charge_type, tax_mode
from cpqbridge.mapping.rule import Context, UnmappableError
from cpqbridge.settings.options import Options

MONEY = st.decimals(-(10**14), 10**14, places=9)


def context(**given_: Any) -> Context:
    return Context({}, Options(), given_)


@given(MONEY)
def test_a_plain_number_keeps_its_value_exactly(value: Decimal) -> None:
    shortest = transforms.plain(value)
    assert shortest == value
    assert isinstance(shortest, int) == (value == value.to_integral_value())


@given(MONEY, st.integers(0, 4))
def test_equal_amounts_look_equal(value: Decimal, zeros: int) -> None:
    padded = value.quantize(Decimal(1).scaleb(-9 - zeros))
    assert str(transforms.plain(padded)) == str(transforms.plain(value))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("5.00"), "5"),
        (Decimal("120.50"), "120.5"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-0.00"), "0"),
        (Decimal("0.000000001"), "1E-9"),
        (7, "7"),
    ],
)
def test_plain_numbers(value: Any, shown: str) -> None:
    assert str(transforms.as_number(value, context())) == shown


@given(st.text(max_size=60), st.integers(1, 50))
def test_shortened_texts_fit_and_begin_alike(text: str, length: int) -> None:
    short = transforms.shortened(length)(text, context())
    assert len(short) <= length
    assert short == text or (len(text) > length and short.endswith("…") and text.startswith(short[:-1]))


def test_shortening_leaves_no_blank_before_the_ellipsis() -> None:
    assert transforms.shortened(8)("Acme is more", context()) == "Acme is…"
    assert transforms.shortened(6)("Acme is more", context()) == "Acme…"


def test_keys_are_never_shortened() -> None:
    assert transforms.at_most(3)("abc", context()) == "abc"
    with pytest.raises(UnmappableError, match="'abcd' has 4 characters, Zuora takes 3"):
        transforms.at_most(3)("abcd", context())


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("Due on receipt", "Due Upon Receipt"), ("Net 30", "Net 30"), ("Net 90", "Net 90"), ("Ultimo", "Net 45")],
)
def test_payment_terms_by_the_table_the_users_first(ours: str, theirs: str) -> None:
    own = context(values={"payment_terms": {"Ultimo": "Net 45"}})
    assert transforms.payment_term(ours, own) == theirs


def test_the_users_table_goes_before_the_built_in_one() -> None:
    own = context(values={"payment_terms": {"Net 30": "Net 31"}})
    assert transforms.payment_term("Net 30", own) == "Net 31"


def test_an_unknown_value_names_the_known_ones() -> None:
    own = context(values={"payment_terms": {"Ultimo": "Net 45"}})
    with pytest.raises(UnmappableError, match=r"'Net 31' is not in the table of payment_terms \(Ultimo, .*Net 90\)"):
        transforms.payment_term("Net 31", own)


@pytest.mark.parametrize(
    ("ours", "orders", "catalog"),
    [
        ("Monthly", "Month", "Month"),
        ("Quarterly", "Quarter", "Quarter"),
        ("Semiannual", "Semi_Annual", "Semi-Annual"),
        ("Annual", "Annual", "Annual"),
        ("Invoice Plan", "Subscription_Term", "Subscription Term"),
    ],
)
def test_billing_periods_have_two_spellings(ours: str, orders: str, catalog: str) -> None:
    assert transforms.billing_period(ours, context()) == orders
    assert transforms.catalog_billing_period(ours, context()) == catalog


@pytest.mark.parametrize(
    ("street", "first", "further"),
    [
        ("1 Main Street", "1 Main Street", None),
        ("1 Main Street\r\nFloor 2\r\n\r\n Room 3 ", "1 Main Street", "Floor 2, Room 3"),
        ("\n\n", None, None),
        ("x" * 300, "x" * 255, None),
    ],
)
def test_streets(street: str, first: str | None, further: str | None) -> None:
    assert transforms.first_line(street, context()) == first
    assert transforms.further_lines(street, context()) == further


def test_a_decision_of_the_planner_stands_whatever_the_source_holds() -> None:
    assert transforms.from_given("charge")("anything", context(charge="z-1")) == "z-1"
    assert transforms.from_given("charge")("anything", context()) is None


def test_dates_are_the_day() -> None:
    assert transforms.as_date("2026-02-01T00:00:00.000Z", context()) == date(2026, 2, 1)


@pytest.mark.parametrize("role", ["billTo", "soldTo"])
@given(name=st.text(min_size=1, max_size=255))
def test_names_of_addresses_fit_and_keep_their_role(role: Role, name: str) -> None:
    made = name_of_address(role)(name, context())
    assert len(made) <= 100
    assert made.endswith(f"_{role}")
    assert name.startswith(made.removesuffix(f"_{role}"))


@pytest.mark.parametrize(("written", "name"), [("DE", "Germany"), ("usa", "United States"), ("Deutschland", "Germany")])
def test_countries_by_the_users_table_too(written: str, name: str) -> None:
    own = context(values={"countries": {"Deutschland": "Germany"}})
    assert known_country(written, own) == name


def test_an_unknown_country_names_the_nearest() -> None:
    with pytest.raises(UnmappableError, match="Zuora knows no country 'Germnay'; did you mean 'Germany'"):
        known_country("Germnay", context())
    with pytest.raises(UnmappableError, match=r"Zuora knows no country 'qqqqqqqq'$"):
        known_country("qqqqqqqq", context())


def in_country(country: str | None, code: str | None = None) -> Context:
    record = {"BillingCountry": country, "BillingCountryCode": code}
    return Context({"Account": record}, Options(), {"values": {"states": {"Calif.": "CA", "Freistaat": "Bayern"}}})


@pytest.mark.parametrize(
    ("state", "where", "name"),
    [
        ("ca", in_country("United States"), "California"),
        ("California", in_country("USA"), "California"),
        ("CA", in_country(None, "US"), "California"),
        ("Calif.", in_country("US"), "California"),
        ("QC", in_country("Canada"), "Quebec"),
        ("CA", in_country("Italy"), "CA"),
        ("Freistaat", in_country("DE"), "Bayern"),
        ("CA", in_country("Atlantis"), "CA"),
        ("CA", in_country(None), "CA"),
        ("S" * 120, in_country("DE"), "S" * 100),
    ],
)
def test_states_by_name_or_code_where_zuora_knows_them(state: str, where: Context, name: str) -> None:
    assert known_state("Account.Billing")(state, where) == name


@pytest.mark.parametrize(
    ("state", "country", "message"),
    [
        ("Californai", "US", "United States has no state 'Californai'; did you mean 'California'"),
        ("Bavaria", "Canada", r"Canada has no state 'Bavaria'$"),
        ("California", "CA", "Canada has no state 'California'"),
    ],
)
def test_an_unknown_state_is_refused(state: str, country: str, message: str) -> None:
    with pytest.raises(UnmappableError, match=message):
        known_state("Account.Billing")(state, in_country(country))


@pytest.mark.parametrize(
    ("record", "filled"),
    [
        (None, False),
        ({}, False),
        ({"BillingStreet": ""}, False),
        ({"BillingCountryCode": "DE"}, True),
        ({"ShippingCity": "Bonn"}, False),
    ],
)
def test_has_address(record: Any, filled: bool) -> None:
    assert has_address(record, "Billing") is filled


@pytest.mark.parametrize(("ours", "theirs"), [("One-Time", "OneTime"), ("Recurring", "Recurring"), ("Usage", "Usage")])
def test_charge_types(ours: str, theirs: str) -> None:
    assert charge_type(ours, context()) == theirs


def test_an_unknown_charge_type_is_refused() -> None:
    with pytest.raises(UnmappableError, match="'Overage' is not one of One-Time, Recurring, Usage"):
        charge_type("Overage", context())


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("List", "Per Unit Pricing"),
        ("Block", "Flat Fee Pricing"),
        ("Cost", "Flat Fee Pricing"),
        ("Percent Of Total", "Flat Fee Pricing"),
    ],
)
def test_charge_models(ours: str, theirs: str) -> None:
    assert charge_model(ours, context()) == theirs


def test_tax_modes_by_label_or_name() -> None:
    assert tax_mode("Tax Inclusive", context()) == tax_mode("TaxInclusive", context()) == "TaxInclusive"
