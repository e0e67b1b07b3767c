"""How rows are kept, and how order products are put together."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from cpqbridge.settings.options import Options
from cpqbridge.sync.drift.columns import Columns
from cpqbridge.sync.drift.linking import batches, link_items
from cpqbridge.sync.drift.work_file import Part, WorkFile

COLUMNS = Columns(
    "SELECT …",
    ("Id", "Quantity", "Order.Account.Name", "Order.SBQQ__Contracted__c", "Product2.Name", "Term"),
    ("id", "double", "string", "boolean", "string", "int"),
)


def test_a_kept_row_is_the_record_again() -> None:
    row = {
        "Id": "802",
        "Quantity": "10.50",
        "Order.Account.Name": "Acme",
        "Order.SBQQ__Contracted__c": "false",
        "Product2.Name": None,
        "Term": "12",
        "Other": "is not kept",
    }
    assert COLUMNS.unpack(COLUMNS.pack(row)) == {
        "Id": "802",
        "Quantity": Decimal("10.50"),
        "Term": 12,
        "Order": {"SBQQ__Contracted__c": False, "Account": {"Name": "Acme"}},
        "Product2": None,
    }


def test_a_parent_that_is_known_by_its_own_parent_alone_is_there() -> None:
    found = COLUMNS.unpack(COLUMNS.pack({"Id": "802", "Order.Account.Name": "Acme"}))
    assert found["Order"]["Account"] == {"Name": "Acme"}


Item = tuple[str, str | None, str | None, str, str | None, str | None]
"""Id, revised order product, renewed subscription, order, segment key, contract; its subscription has an S in front."""


def _linked(folder: Path, items: Sequence[Item], **options: str) -> list[set[str]]:
    with WorkFile(folder / "work.sqlite", anew=True) as work:
        rows = [
            (key, f"S{key}", revised, renewed, order, segment, contract, "P", "2026-01-01", b"")
            for key, revised, renewed, order, segment, contract in items
        ]
        columns = "(id, subscription, revised, renewed, order_id, segment, contract, product, start, record)"
        work.add("item", rows, columns)
        work.finish()
        link_items(work, Options.model_validate(options))
        return [{key for key, _ in group} for _, groups in batches(work, 0) for group in groups]


ITEMS: list[Item] = [
    ("c", "b", None, "o3", None, "C1"),
    ("a", None, None, "o1", None, "C1"),
    ("b", None, "Sa", "o2", None, "C2"),
    ("d", None, None, "o4", "seg", "C4"),
    ("e", None, None, "o4", "seg", "C4"),
    ("f", None, None, "o4", None, "C1"),
    ("g", "nobody", None, "o5", None, None),
]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [{"a", "b", "c"}, {"d", "e"}, {"f"}, {"g"}]),
        ({"added_products": "existing_subscription"}, [{"a", "b", "c", "f"}, {"d", "e"}, {"g"}]),
        ({"price_changes": "in_place"}, [{"a", "b", "c"}, {"d", "e", "f"}, {"g"}]),
    ],
)
def test_what_names_each_other_is_put_together(
    tmp_path: Path, options: dict[str, str], expected: list[set[str]]
) -> None:
    assert _linked(tmp_path, ITEMS, **options) == expected


def test_a_page_and_its_mark_are_kept_together_or_not_at_all(tmp_path: Path) -> None:
    def interrupted(work: WorkFile) -> None:
        with work.transaction():
            work.add("sent", [("1",)])
            work.note("orders", "SELECT", Part("job", "10", 1))
            raise RuntimeError

    with WorkFile(tmp_path / "work.sqlite") as work:
        with pytest.raises(RuntimeError):
            interrupted(work)
        assert (work.count("sent"), work.part("orders")) == (0, Part())
