"""The words of alerts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.alerts.message import LONGEST_SUBJECT, LONGEST_VALUE, Cause, Summary, Trouble, compose, one_line
from cpqbridge.values import Outcome

NO_COUNTRY = Cause("CPQ-401", "Account.BillingCountry is empty", "Account.BillingCountry", "Fill the field.")
NO_CODE = Cause("CPQ-406", "Product Hammer has no product code", None, "Fill the product code.")
HELD = Trouble(
    "Order", "00000105", Outcome.HELD, (NO_COUNTRY, NO_CODE), "https://a.my.salesforce.com/801000000000001AAA"
)
FAILED = Trouble("Account", "001000000000001AAA", Outcome.FAILED, (Cause("CPQ-104", "Zuora said 503", None, "Again."),))
COUNTS = {Outcome.HELD: 1, Outcome.FAILED: 1, Outcome.SYNCED: 7, Outcome.WAITING: 2}
SUMMARY = Summary(12, "sync order", COUNTS, (FAILED, HELD))


def test_the_subject_counts() -> None:
    assert compose(SUMMARY).subject == "cpqbridge: 1 held, 1 failed (run 12)"
    assert compose(replace(SUMMARY, left_off=3)).subject == "cpqbridge: 1 held, 1 failed, 3 more (run 12)"


def test_the_subject_names_a_single_record() -> None:
    assert compose(replace(SUMMARY, troubles=(HELD,))).subject == "cpqbridge: Order 00000105 held: CPQ-401"


def test_the_text_says_all_of_each_record() -> None:
    assert (
        compose(SUMMARY).text
        == """\
Run 12 of cpqbridge (sync order) has ended: 7 synced, 2 waiting, 1 held, 1 failed.

Account 001000000000001AAA: failed
  CPQ-104 The system has a passing fault
    Zuora said 503
    What to do: Again.

Order 00000105: held
  CPQ-401 A value that Zuora needs is empty
    Account.BillingCountry is empty
    Field: Account.BillingCountry
    What to do: Fill the field.
  CPQ-406 The product has no product code
    Product Hammer has no product code
    What to do: Fill the product code.
  https://a.my.salesforce.com/801000000000001AAA

All of it: cpqbridge history show 12
"""
    )


def test_the_html_has_a_row_for_each_reason_and_links() -> None:
    html = compose(SUMMARY).html
    assert html.count("<tr>") == 1 + 3
    assert html.count('<a href="https://a.my.salesforce.com/801000000000001AAA">00000105</a>') == 2
    assert "CPQ-401<br>A value that Zuora needs is empty" in html
    assert "7 synced, 2 waiting, 1 held, 1 failed" in html


def test_what_is_left_off_and_what_was_told_is_counted() -> None:
    alert = compose(replace(SUMMARY, left_off=3, told_before=4))
    for part in (alert.text, alert.html):
        assert "3 more are not listed here." in part
        assert "4 more are as an earlier e-mail said, and are not listed again." in part


def test_values_are_escaped_in_html() -> None:
    nasty = Cause("CPQ-402", "<script>alert('x')</script>", '"><b>', "a & b")
    trouble = Trouble("Order", "<i>1</i>", Outcome.HELD, (nasty,), 'https://a.test/"onclick="x')
    html = compose(Summary(1, "sync <order>", {Outcome.HELD: 1}, (trouble,))).html
    for raw in ("<script>", "<i>", '"><b>', "sync <order>", '"onclick'):
        assert raw not in html
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;" in html


@pytest.mark.parametrize("number", ["1\r\nBcc: spy@example.com", "1\nX: y", "1\x0bX", "1\u2028X", "1\u202eX", "1\x00X"])
def test_no_value_breaks_the_subject(number: str) -> None:
    subject = compose(Summary(1, "sync order", {Outcome.HELD: 1}, (replace(HELD, number=number),))).subject
    assert subject.isprintable()
    assert subject.startswith("cpqbridge: Order 1 ")


@given(st.text())
def test_any_value_becomes_one_line(value: str) -> None:
    line = one_line(value)
    assert len(line.splitlines()) <= 1
    assert len(line) <= LONGEST_VALUE
    assert len(compose(replace(SUMMARY, troubles=(replace(HELD, number=value),))).subject) <= LONGEST_SUBJECT


def test_a_long_value_is_cut() -> None:
    long = replace(HELD, causes=(replace(NO_CODE, message="x" * 5_000),))
    assert "x" * (LONGEST_VALUE - 1) + "…" in compose(Summary(1, "s", {}, (long,))).text
