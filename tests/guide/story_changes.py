"""What becomes of contracts in the story: amendments, a renewal, cancellations, transfers, segments and returns."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.world import Line, segmented

if TYPE_CHECKING:
    from tests.guide.story import Stage

IN_PLACE: dict[str, Any] = {"price_changes": "in_place"}
AUTOMATIC: dict[str, Any] = {"auto_renew": True}
HOSTED: dict[str, Any] = {"added_products": "existing_subscription"}
CHEAPER = [[0, 100, "0.02", "PerUnit"], [100, None, "0.01", "PerUnit"]]


def tell_changes(stage: Stage) -> None:
    """Sell a contract for each kind of change, change it, and carry everything over."""
    stage.ids["customer"] = stage.world.account("Later")
    _quantities(stage)
    _prices(stage)
    _products(stage)
    _renewal(stage)
    _automatic_renewal(stage)
    _transfer(stage)
    _segments(stage)
    _assets(stage)


def _sell(stage: Stage, name: str, *products: str, **more: Any) -> str:
    """Sell ten units of products under a name; return the contract's number."""
    stage.sell(name, stage.ids["customer"], *(Line(product, 10) for product in products), **more)
    return stage.world.contract(stage.numbers[name])


def _quantities(stage: Stage) -> None:
    contract = _sell(stage, "chairs", stage.world.product("Chair"))
    later = {"amended": ("2026-09-01", 15), "back-dated": ("2026-06-01", 12)}
    for name, (day, quantity) in later.items():
        stage.numbers[name] = stage.world.amend(contract, day, {"product": "Chair", "quantity": quantity})
    stage.numbers["cancelled"] = stage.world.cancel(contract, "2026-12-01")
    stage.carry("chairs", *later, "cancelled")


def _prices(stage: Stage) -> None:
    world = stage.world
    contract = _sell(stage, "lamps", world.product("Lamp"))
    stage.numbers["repriced"] = world.amend(contract, "2026-09-01", {"product": "Lamp", "netPrice": Decimal(40)})
    water = world.usage_product("Water")
    world.schedule(water, "Used")
    contract = _sell(stage, "water", water)
    rates = {"product": "Water", "rates": {"Used": CHEAPER}}
    stage.numbers["rerated"] = world.amend(contract, "2026-09-01", rates)
    stage.carry("lamps", "repriced", "water", "rerated", **IN_PLACE)


def _products(stage: Stage) -> None:
    world = stage.world
    contract = _sell(stage, "desks", world.product("Desk"))
    world.product("Drawer")
    stage.numbers["added"] = world.amend(contract, "2026-09-01", add=[{"product": "Drawer", "quantity": 3}])
    stage.numbers["removed"] = world.amend(contract, "2026-12-01", {"product": "Drawer", "quantity": 0})
    stage.carry("desks", "added", "removed", **HOSTED)


def _renewal(stage: Stage) -> None:
    world = stage.world
    stage.ids["renewer"] = world.contact(stage.ids["customer"], "Renewer")
    people = {f"{role}ContactId": stage.ids["renewer"] for role in ("BillTo", "ShipTo")}
    contract = _sell(stage, "rooms", world.product("Room"))
    stage.numbers["renewed"] = world.renew(contract, effectiveDate="2026-08-01", orderFields=people)
    stage.carry("rooms", "renewed")


def _automatic_renewal(stage: Stage) -> None:
    """Zuora goes on with tents for a year, where two are agreed on; of two others one is not renewed at all."""
    world = stage.world
    contract = _sell(stage, "tents", world.product("Tent"))
    stage.carry("tents", **AUTOMATIC)
    [account] = stage.tenant.rows("Account", "AccountNumber", "where Name = 'Later'")
    [number] = stage.results["tents"].zuora["subscriptions"]
    action = {"type": "RenewSubscription", "renewSubscription": {}}
    stage.tenant.order(account["AccountNumber"], number, action, "2027-02-01")
    stage.numbers["renewed by Zuora"] = world.renew(contract, term=24)
    contract = _sell(stage, "half renewed before", world.product("Stove"), world.product("Pan"))
    stage.numbers["half renewed"] = world.renew(contract, {"product": "Pan", "quantity": 0})
    stage.carry("renewed by Zuora", "half renewed before", "half renewed", **AUTOMATIC)


def _transfer(stage: Stage) -> None:
    ids, world = stage.ids, stage.world
    owners = {"InvoiceOwner__c": ids["payer"], "SubscriptionOwner__c": ids["owner"]}
    people = {"BillToContactId": ids["payer's buyer"], "ShipToContactId": ids["owner's buyer"]}
    contract = _sell(stage, "cars", world.product("Car"))
    change = {"product": "Car", "quantity": 11}
    stage.numbers["transferred"] = world.amend(contract, "2026-09-01", change, orderFields=owners | people)
    stage.carry("cars", "transferred")


def _segments(stage: Stage) -> None:
    years = (("2026-02-01", "2027-01-31", 10, "100"), ("2027-02-01", "2028-01-31", 20, "110"))
    lines = segmented(stage.world.product("Floor"), *years)
    stage.sell("in segments", stage.ids["customer"], *lines, end="2028-01-31")
    stage.carry("in segments")


def _assets(stage: Stage) -> None:
    world = stage.world
    box = world.product("Box", subscription=False, SBQQ__AssetAmendmentBehavior__c="Allow Refund")
    stage.sell("boxes", stage.ids["customer"], Line(box, 5), Line(world.product("Shelf"), 1))
    contract = world.contract(stage.numbers["boxes"])
    stage.numbers["returned"] = world.amend(contract, "2026-09-01", {"product": "Box", "quantity": 3})
    stage.carry("boxes", "returned")
