from datetime import UTC, datetime
from decimal import Decimal

import pytest

from cpqbridge.sandbox.zuora.store import Store


def make(path=None):
    return Store(lambda: datetime(2026, 1, 31, tzinfo=UTC), user_id="u" * 32, path=path)


def insert_and_fail(store, row):
    with store.transaction():
        store.insert("account", row)
        raise ZeroDivisionError


def test_insert_makes_id_and_audit_fields():
    row = make().insert("account", {"name": "Acme"})
    assert len(row["id"]) == 32
    assert row["id"] == row["id"].lower()
    assert row["createdDate"] == row["updatedDate"] == "2026-01-31T00:00:00+00:00"
    assert row["createdById"] == row["updatedById"] == "u" * 32


def test_rows_are_copies():
    store = make()
    row = store.insert("account", {"name": "Acme"})
    row["name"] = "changed outside"
    assert store.get("account", row["id"])["name"] == "Acme"


def test_find_uses_indexes_and_other_fields_alike():
    store = make()
    one = store.insert("account", {"accountNumber": "A1", "crmId": "001", "name": "x"})
    two = store.insert("account", {"accountNumber": "A2", "crmId": "001", "name": "y"})
    assert store.find("account", accountNumber="A1") == [one]
    assert store.find("account", crmId="001") == [one, two]
    assert store.find("account", crmId="001", name="y") == [two]
    assert store.find("account", name="x") == [one]
    assert store.find("account", parentId=None) == [one, two]
    assert store.find("account", crmId="002") == []


def test_update_moves_index_entries():
    store = make()
    row = store.insert("account", {"accountNumber": "A1"})
    store.update("account", row["id"], {"accountNumber": "A2"})
    assert store.find("account", accountNumber="A1") == []
    assert store.find("account", accountNumber="A2")[0]["id"] == row["id"]
    with pytest.raises(KeyError):
        store.update("account", "no such", {})


def test_transaction_undoes_everything_and_keeps_the_order():
    store = make()
    rows = [store.insert("account", {"accountNumber": f"A{n}"}) for n in range(4)]
    before = store.rows("account")

    def work():
        with store.transaction():
            store.insert("account", {"accountNumber": "A9"})
            store.update("account", rows[0]["id"], {"accountNumber": "A8"})
            store.delete("account", rows[1]["id"])
            store.delete("account", rows[2]["id"])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert store.rows("account") == before
    assert [row["accountNumber"] for row in store.find("account", parentId=None)] == ["A0", "A1", "A2", "A3"]
    assert store.find("account", accountNumber="A8") == []


def test_inner_transaction_is_undone_alone():
    store = make()
    with store.transaction():
        store.insert("account", {"accountNumber": "outer"})
        with pytest.raises(ZeroDivisionError):
            insert_and_fail(store, {"accountNumber": "inner"})
    assert [row["accountNumber"] for row in store.rows("account")] == ["outer"]


def test_find_regards_case_and_find_alike_does_not():
    store = make()
    for number in ("a1", "A1", "B1"):
        store.insert("account", {"accountNumber": number})
    assert [row["accountNumber"] for row in store.find("account", accountNumber="A1")] == ["A1"]
    assert [row["accountNumber"] for row in store.find_alike("account", "accountNumber", "A1")] == ["a1", "A1"]


def test_same_id_twice_is_refused():
    store = make()
    store.insert("account", {"id": "a" * 32})
    with pytest.raises(ValueError, match="exists already"):
        store.insert("account", {"id": "a" * 32})


def test_kept_data_come_back_exactly(tmp_path):
    path = tmp_path / "zuora.sqlite"
    store = make(path)
    kept = store.insert("ratePlanCharge", {"price": Decimal("10.00"), "tiers": [{"price": Decimal(3)}], "segment": 1})
    gone = store.insert("ratePlanCharge", {})
    store.delete("ratePlanCharge", gone["id"])
    assert [store.next_number("order"), store.next_number("order")] == [1, 2]
    store.set_document("seed", "demo")
    store.close()

    again = make(path)
    assert again.rows("ratePlanCharge") == [kept]
    found = again.get("ratePlanCharge", kept["id"])
    assert str(found["price"]) == "10.00"
    assert isinstance(found["tiers"][0]["price"], Decimal)
    assert isinstance(found["segment"], int)
    assert again.next_number("order") == 3
    assert again.document("seed") == "demo"
    again.clear()
    again.close()
    assert make(path).is_empty()


def test_rolled_back_writes_never_reach_the_file(tmp_path):
    path = tmp_path / "zuora.sqlite"
    store = make(path)
    with pytest.raises(ZeroDivisionError):
        insert_and_fail(store, {})
    store.close()
    assert make(path).is_empty()
