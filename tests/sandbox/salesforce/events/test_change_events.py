"""Change data capture: what a write of each kind tells."""

from __future__ import annotations

from typing import Any

import fastavro
import httpx
import msgspec
import pytest

from cpqbridge.sandbox.salesforce.deletion import remove
from cpqbridge.sandbox.server import LocalSandbox
from tests.sandbox.salesforce.events.conftest import API, Client, configure, create, playing, topic_schema
from tests.world import Line, World

HEADER = "ChangeEventHeader"


def told(event: dict[str, Any]) -> dict[str, Any]:
    """The filled fields of an event without its header and the audit fields."""
    stamps = {HEADER, "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById"}
    return {name: value for name, value in event.items() if value is not None and name not in stamps}


def changed(schema: dict[str, Any], bitmaps: list[str]) -> set[str]:
    """The fields that bitmaps name, as `Field` or `Compound.Part`."""
    found = set()
    for text in bitmaps:
        place, _, bits = text.rpartition("-")
        fields = schema["fields"]
        prefix = ""
        if place:
            compound = fields[int(place)]
            prefix = f"{compound['name']}."
            fields = compound["type"][-1]["fields"]
        assert bits.startswith("0x")
        assert len(bits) % 2 == 0
        number = int(bits, 16)
        found |= {prefix + f["name"] for index, f in enumerate(fields) if number >> index & 1}
    return found


def change(http: httpx.Client, account: str, **fields: Any) -> None:
    """Change an account over REST."""
    assert http.patch(f"{API}/sobjects/Account/{account}", json=fields).status_code == 204


def change_in_composite(http: httpx.Client, account: str) -> None:
    """Change an account by a composite request."""
    url = f"{API}/sobjects/Account/{account}"
    request = {"method": "PATCH", "url": url, "referenceId": "a", "body": {"Fax": "1"}}
    assert http.post(f"{API}/composite", json={"compositeRequest": [request]}).status_code == 200


def bin_and_back(http: httpx.Client, account: str) -> None:
    """Delete an account and bring it back."""
    assert http.delete(f"{API}/sobjects/Account/{account}").status_code == 204
    http.post("/_sandbox/undelete", json={"sobject": "Account", "ids": [account]})


def rest_schema(http: httpx.Client, schema_id: str) -> Any:
    """Return a schema as REST gives it."""
    return http.get(f"{API}/event/eventSchema/{schema_id}").json()


def test_a_record_s_life(sandbox: LocalSandbox, http: httpx.Client) -> None:
    async def play(client: Client) -> None:
        schema = await topic_schema(client, "/data/AccountChangeEvent")
        call = await client.open("/data/AccountChangeEvent")
        account = create(http, "Account", Name="Acme", BillingCity="Paris", NumberOfEmployees=12)
        (new,) = await client.take(call, 1)
        header = new[HEADER]
        assert (header["entityName"], header["recordIds"], header["changeType"]) == ("Account", [account], "CREATE")
        assert header["changedFields"] == header["nulledFields"] == header["diffFields"] == []
        assert header["sequenceNumber"] == 1
        assert header["commitUser"] == sandbox.org.user_id
        assert told(new)["Name"] == "Acme"
        assert told(new)["BillingAddress"]["City"] == "Paris"
        assert told(new)["NumberOfEmployees"] == 12

        change(http, account, BillingCity=None, Phone="1", Name="Acme")
        (update,) = await client.take(call, 1)
        header = update[HEADER]
        assert header["changeType"] == "UPDATE"
        assert changed(schema, header["changedFields"]) - {"LastModifiedDate"} == {"Phone", "BillingAddress.City"}
        assert changed(schema, header["nulledFields"]) == {"BillingAddress.City"}
        assert told(update) == {"Phone": "1"}

        bin_and_back(http, account)
        gone, back = await client.take(call, 2)
        assert gone[HEADER]["changeType"] == "DELETE"
        assert gone[HEADER]["recordIds"] == [account]
        assert {name for name, value in gone.items() if value is not None} == {HEADER}
        assert back[HEADER]["changeType"] == "UNDELETE"
        assert told(back)["Name"] == "Acme"
        keys = [event[HEADER]["transactionKey"] for event in (new, update, gone, back)]
        assert len(set(keys)) == 4

    playing(sandbox, play)


def test_the_origin_names_the_client(sandbox: LocalSandbox, http: httpx.Client) -> None:
    async def play(client: Client) -> None:
        call = await client.open("/data/AccountChangeEvent")
        http.headers["Sforce-Call-Options"] = "client=cpqbridge, defaultNamespace=x"
        account = create(http, "Account", Name="Ours")
        change_in_composite(http, account)
        del http.headers["Sforce-Call-Options"]
        create(http, "Account", Name="Theirs")
        sandbox.org.store.insert("Account", {"Name": "The org's"})
        origins = [event[HEADER]["changeOrigin"] for event in await client.take(call, 4)]
        ours = "com/salesforce/api/rest/62.0;client=cpqbridge"
        assert origins == [ours, ours, "com/salesforce/api/rest/62.0", ""]

    playing(sandbox, play)


def test_a_transaction_has_one_key_and_gathers_equal_changes(sandbox: LocalSandbox) -> None:
    store = sandbox.org.store

    async def play(client: Client) -> None:
        call = await client.open("/data/ChangeEvents")
        with store.transaction():
            ids = [store.insert("Account", {"Name": name}) for name in "abc"]
        created = await client.take(call, 3)
        assert [event[HEADER]["sequenceNumber"] for event in created] == [1, 2, 3]
        assert len({event[HEADER]["transactionKey"] for event in created}) == 1
        with store.transaction():
            for identifier in ids:
                store.update("Account", identifier, {"Type": "Customer"})
            store.update("Account", ids[0], {"Fax": "1"})
        together, alone = await client.take(call, 2)
        assert together[HEADER]["recordIds"] == ids
        assert alone[HEADER]["recordIds"] == ids[:1]
        assert together[HEADER]["transactionKey"] != created[0][HEADER]["transactionKey"]

    playing(sandbox, play)


def test_what_is_undone_is_not_told(sandbox: LocalSandbox) -> None:
    store = sandbox.org.store

    def undone(name: str) -> None:
        with store.transaction():
            store.insert("Account", {"Name": name})
            raise RuntimeError("undone")

    async def play(client: Client) -> None:
        call = await client.open("/data/AccountChangeEvent")
        with pytest.raises(RuntimeError):
            undone("never")
        with store.transaction():
            store.insert("Account", {"Name": "first"})
            with pytest.raises(RuntimeError):
                undone("inside")
            store.insert("Account", {"Name": "last"})
        events = await client.take(call, 2)
        assert [event["Name"] for event in events] == ["first", "last"]

    playing(sandbox, play)


def test_a_person_s_name_is_a_record_and_formulas_never_appear(sandbox: LocalSandbox, http: httpx.Client) -> None:
    async def play(client: Client) -> None:
        call = await client.open("/data/ContactChangeEvent")
        create(http, "Contact", LastName="Doe", FirstName="Jane")
        (event,) = await client.take(call, 1)
        assert (event["Name"]["FirstName"], event["Name"]["LastName"]) == ("Jane", "Doe")
        assert "LastName" not in event
        schema = await topic_schema(client, "/data/SBQQ__Subscription__ChangeEvent")
        names = {field["name"] for field in schema["fields"]}
        assert "SBQQ__SubscriptionStartDate__c" in names
        assert not names & {"SBQQ__StartDate__c", "SBQQ__EndDate__c", "Id", "SystemModstamp", "IsDeleted"}
        assert schema["name"] == "SBQQ__Subscription__ChangeEvent"
        assert schema["namespace"] == "com.sforce.eventbus"
        fastavro.parse_schema(schema)

    playing(sandbox, play)


def test_the_schema_follows_the_object_and_old_ones_stay_readable(sandbox: LocalSandbox, http: httpx.Client) -> None:
    async def play(client: Client) -> None:
        before = await topic_schema(client, "/data/OrderChangeEvent")
        old = sandbox.org.events.change_schema("Order").id
        sandbox.org.add_custom_field("Order", name="Region__c", type="string", length=10)
        after = await topic_schema(client, "/data/OrderChangeEvent")
        assert {f["name"] for f in after["fields"]} - {f["name"] for f in before["fields"]} == {"Region__c"}
        kept = sandbox.org.events.schema(old)
        assert kept is not None
        assert msgspec.json.decode(kept.json) == before
        assert rest_schema(http, old) == before

    playing(sandbox, play)


def test_contracting_tells_of_subscriptions_and_of_linked_products(sandbox: LocalSandbox) -> None:
    world = World(sandbox.org)
    account = world.account("Contracted")
    product = world.product("P")

    async def play(client: Client) -> None:
        items = await client.open("/data/OrderItemChangeEvent")
        subscriptions = await client.open("/data/SBQQ__Subscription__ChangeEvent")
        orders = await client.open("/event/CpqBridge_Order__e")
        number = world.order(account, [Line(product, 2), Line(product, 3)])
        (ready,) = await client.take(orders, 1)
        (order,) = sandbox.org.store.find("Order", "OrderNumber", number)
        assert (ready["OrderId__c"], ready["Reason__c"]) == (order["Id"], "Contracted")
        made = await client.take(subscriptions, 4)
        assert sorted(event[HEADER]["changeType"] for event in made) == ["CREATE", "CREATE", "UPDATE", "UPDATE"]
        linked: list[str] = []
        while len(linked) < 2:
            for event in [await client.decode(found) for found in (await items.read()).events]:
                if event["SBQQ__Subscription__c"]:
                    assert event["SBQQ__Contracted__c"] is True
                    linked += event[HEADER]["recordIds"]

    playing(sandbox, play)


def test_the_flow_can_be_off(sandbox: LocalSandbox, http: httpx.Client) -> None:
    configure(http, orderEvents=False)
    world = World(sandbox.org)
    last = sandbox.org.events.journal.last
    world.order(world.account("Quiet"), [Line(world.product("Q"), 1)])
    kept = sandbox.org.events.journal.after(last, frozenset({"/event/CpqBridge_Order__e"}), 10)
    assert kept == []


def test_only_selected_objects_tell(sandbox: LocalSandbox, http: httpx.Client) -> None:
    configure(http, changeDataEntities=["Contact"])

    async def play(client: Client) -> None:
        call = await client.open("/data/ChangeEvents")
        create(http, "Account", Name="silent")
        create(http, "Contact", LastName="Loud")
        (event,) = await client.take(call, 1)
        assert event[HEADER]["entityName"] == "Contact"

    playing(sandbox, play)


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (
            {"changeDataEntities": ["Order", "OrderItem", "Account", "Contact", "Asset", "Contract"]},
            "LIMIT_EXCEEDED",
            "maximum is 5",
        ),
        ({"changeDataEntities": ["Nothing__c"]}, "INVALID_FIELD", "Nothing__c"),
        ({"changeDataLimit": 3}, "LIMIT_EXCEEDED", "maximum is 3"),
    ],
)
def test_a_wrong_selection_is_refused(
    sandbox: LocalSandbox, http: httpx.Client, change: dict[str, Any], code: str, said: str
) -> None:
    answer = http.post("/_sandbox/settings", json=change)
    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] == code
    assert said in answer.json()[0]["message"]
    assert len(sandbox.org.settings.change_data_entities) == 5


def test_more_objects_with_a_higher_limit(sandbox: LocalSandbox, http: httpx.Client) -> None:
    configure(
        http, changeDataLimit=6, changeDataEntities=["Order", "OrderItem", "Account", "Contact", "Asset", "Contract"]
    )
    assert sandbox.org.events.topic("/data/ContractChangeEvent") is not None


def test_details_that_go_with_their_master(sandbox: LocalSandbox) -> None:
    world = World(sandbox.org)
    number = world.order(world.account("Going"), [Line(world.product("G"), 1)], contracted=False)
    (order,) = (row["Id"] for row in sandbox.org.store.find("Order", "OrderNumber", number))

    async def play(client: Client) -> None:
        call = await client.open("/data/ChangeEvents")
        remove(sandbox.org, "Order", order)
        first, second = await client.take(call, 2)
        assert {first[HEADER]["entityName"], second[HEADER]["entityName"]} == {"Order", "OrderItem"}
        assert {first[HEADER]["changeType"], second[HEADER]["changeType"]} == {"DELETE"}
        assert first[HEADER]["transactionKey"] == second[HEADER]["transactionKey"]

    playing(sandbox, play)
