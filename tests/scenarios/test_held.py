"""What is not carried over blindly: links lost, changes made in Zuora by hand, gaps, what Zuora cannot credit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.scenarios.scene import Scene
from tests.world import Line

SEATS_15: dict[str, Any] = {"product": "Seat", "quantity": 15}
NUMBER = "SUB-0000001"


def test_lost_link(scene: Scene) -> None:
    """The rate plan lost its link: it is found by the subscription's number, amended, and linked again."""
    contract = scene.sell()
    scene.sync()
    link = _unlink(scene)
    scene.world.amend(contract, "2026-06-01", SEATS_15)
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-06-01
          15 Seat at 120 for 12 months, 2026-06-01 until 2027-02-01
    """)
    [plan] = scene.person.read(f"/v1/subscriptions/{NUMBER}")["ratePlans"]
    assert plan["externallyManagedPlanId"] == link


def test_unclear_link(scene: Scene) -> None:
    """The link is lost and two rate plans may be meant: held until a person writes it on the right one."""
    contract = scene.sell()
    scene.sync()
    row = scene.person.read(f"/v1/subscriptions/{NUMBER}")
    again = {"productRatePlanId": row["ratePlans"][0]["productRatePlanId"]}
    scene.person.act(row["accountNumber"], NUMBER, "2026-02-01", "AddProduct", again)
    link = _unlink(scene)
    amendment = scene.world.amend(contract, "2026-06-01", SEATS_15)
    scene.held(amendment, "CPQ-437", NUMBER)
    _link(scene, link)
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-06-01
          15 Seat at 120 for 12 months, 2026-06-01 until 2027-02-01
          1 Seat at 10 a month, 2026-02-01 until 2027-02-01
    """)


def test_changed_in_zuora(scene: Scene) -> None:
    """Billing changed the quantity by hand: the amendment is held until that is undone."""
    contract = scene.sell()
    scene.sync()
    row = scene.person.read(f"/v1/subscriptions/{NUMBER}")
    [plan] = row["ratePlans"]
    update = {
        "subscriptionRatePlanNumber": plan["subscriptionRatePlanNumber"],
        "chargeUpdates": [
            {"chargeNumber": plan["ratePlanCharges"][0]["number"], "pricing": {"recurringPerUnit": {"quantity": 11}}}
        ],
    }
    scene.person.act(row["accountNumber"], NUMBER, "2026-04-01", "UpdateProduct", update)
    amendment = scene.world.amend(contract, "2026-06-01", SEATS_15)
    scene.held(amendment, "CPQ-436", NUMBER)


def test_cancelled_in_zuora(scene: Scene) -> None:
    """Billing cancelled the subscription by hand: the amendment is held, nothing is created in its place."""
    contract = scene.sell()
    scene.sync()
    row = scene.person.read(f"/v1/subscriptions/{NUMBER}")
    cancel = {"cancellationPolicy": "SpecificDate", "cancellationEffectiveDate": "2026-04-01"}
    scene.person.act(row["accountNumber"], NUMBER, "2026-04-01", "CancelSubscription", cancel)
    amendment = scene.world.amend(contract, "2026-06-01", SEATS_15)
    scene.held(amendment, "CPQ-436", NUMBER)


def test_suspended_in_zuora(scene: Scene) -> None:
    """Billing suspended the subscription, which CPQ knows nothing of: the amendment is held, not refused by Zuora."""
    contract = scene.sell()
    scene.sync()
    row = scene.person.read(f"/v1/subscriptions/{NUMBER}")
    suspend = {"suspendPolicy": "SpecificDate", "suspendSpecificDate": "2026-04-01"}
    scene.person.act(row["accountNumber"], NUMBER, "2026-04-01", "Suspend", suspend)
    amendment = scene.world.amend(contract, "2026-06-01", SEATS_15)
    scene.held(amendment, "CPQ-436", NUMBER)


def test_gap(scene: Scene) -> None:
    """The original cannot be carried over: neither is the amendment, which names it."""
    nameless = scene.world.product("Nameless", ProductCode=None)
    contract = scene.sell(Line(nameless, 2))
    amendment = scene.world.amend(contract, "2026-06-01", {"product": "Nameless", "quantity": 3})
    scene.held(amendment, "CPQ-435", scene.number_of(1))


def test_gap_between_amendments(scene: Scene) -> None:
    """An amendment was never synced and is not contracted any more: the one after it waits for it."""
    contract = scene.sell()
    scene.sync()
    first = scene.world.amend(contract, "2026-06-01", SEATS_15)
    second = scene.world.amend(contract, "2026-09-01", {"product": "Seat", "quantity": 20})
    [order] = scene.world.org.store.find("Order", "OrderNumber", first)
    strange = {"BillToContactId": scene.world.contact(scene.world.account("Stranger"), "Strange")}
    scene.world.org.store.update("Order", order["Id"], {**strange, "InvoiceOwner__c": scene.account}, system=True)
    scene.held(second, "CPQ-435", first)


def test_one_time_charge_taken_back(scene: Scene) -> None:
    """A one-time charge is amended to zero: held, for Zuora cannot credit it by an order."""
    amendment = _taken_back(scene)
    scene.held(amendment, "CPQ-434", "charged once")


def test_one_time_charge_kept(scene: Scene) -> None:
    """The same where one-time charges are kept as billed: the rest of the amendment is carried over."""
    _taken_back(scene)
    scene.sync(one_time_refunds="keep")
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-06-01
          15 Seat at 120 for 12 months, 2026-06-01 until 2027-02-01
        subscription 2: Active, 2026-02-01 until 2027-02-01, of Acme
          1 Set-up at 500 once, on 2026-02-01
    """)


def test_amendments_off(scene: Scene) -> None:
    """With amendments turned off an amendment is held, and nothing is billed twice."""
    contract = scene.sell()
    amendment = scene.world.amend(contract, "2026-06-01", SEATS_15)
    scene.held(amendment, "CPQ-413", "amend_subscriptions", amend_subscriptions=False)


def _taken_back(scene: Scene) -> str:
    setup = scene.world.product("Set-up", SBQQ__ChargeType__c="One-Time", SBQQ__SubscriptionType__c="One-time")
    contract = scene.sell(scene.ten_seats, Line(setup, 1, Decimal(500)))
    return scene.world.amend(contract, "2026-06-01", SEATS_15, {"product": "Set-up", "quantity": 0})


def _unlink(scene: Scene) -> str:
    """Take the link off the rate plan; return it."""
    store = scene.both.sandbox.tenant.store
    linked = [plan for plan in store.rows("ratePlan") if plan["externallyManagedPlanId"]]
    for plan in linked:
        store.update("ratePlan", plan["id"], {"externallyManagedPlanId": None})
    return str(linked[0]["externallyManagedPlanId"])


def _link(scene: Scene, link: str) -> None:
    """Write the link as a person does who follows the remedy."""
    plan = scene.person.read(f"/v1/subscriptions/{NUMBER}")["ratePlans"][0]
    update = {"type": "RatePlan", "objects": [{"Id": plan["id"], "ExternallyManagedPlanId": link}]}
    [answer] = scene.person.write("POST", "/v1/action/update", update)
    assert answer["Success"], answer
