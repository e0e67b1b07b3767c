"""Owners that change: invoice owner, subscription owner, accounts moved and merged in Salesforce, moved in Zuora."""

from __future__ import annotations

from typing import Any

from tests.scenarios.scene import Scene

SEATS_15: dict[str, Any] = {"product": "Seat", "quantity": 15}


def test_invoice_owner_transfer(scene: Scene) -> None:
    """An amendment names an invoice owner that Zuora does not know: its account is made, then it gets the invoices."""
    contract = scene.sell()
    payer = scene.world.account("Payer")
    scene.world.order(payer, [scene.ten_seats], contracted=False)
    scene.world.amend(contract, "2026-06-01", SEATS_15, orderFields={"InvoiceOwner__c": payer})
    scene.sync(scene.number_of(1), scene.number_of(3))
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme, invoiced to Payer
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-06-01
          15 Seat at 120 for 12 months, 2026-06-01 until 2027-02-01
    """)


def test_invoice_owner_transfer_at_renewal(scene: Scene) -> None:
    """A renewal names another invoice owner, with a contact of its own as bill-to."""
    contract = scene.sell()
    payer = scene.world.account("Payer")
    buyer = scene.world.contact(payer, "Pence")
    scene.world.renew(contract, orderFields={"InvoiceOwner__c": payer, "BillToContactId": buyer})
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2028-02-01, term since 2027-02-01, of Acme, invoiced to Payer
          10 Seat at 120 for 12 months, 2026-02-01 until 2028-02-01
    """)


def test_subscription_owner_transfer(scene: Scene) -> None:
    """An amendment names another subscription owner: the subscription is handed over to it."""
    contract = scene.sell()
    owner = scene.world.account("Owner")
    scene.world.amend(contract, "2026-06-01", SEATS_15, orderFields={"SubscriptionOwner__c": owner})
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Owner, invoiced to Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-06-01
          15 Seat at 120 for 12 months, 2026-06-01 until 2027-02-01
    """)


def test_same_owners_again(scene: Scene) -> None:
    """An amendment names the owners that the subscription has already: nothing is handed over."""
    payer = scene.world.account("Payer")
    contract = scene.sell(InvoiceOwner__c=payer)
    scene.world.amend(contract, "2026-06-01", SEATS_15, orderFields={"InvoiceOwner__c": payer})
    scene.sync()
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme, invoiced to Payer
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-06-01
          15 Seat at 120 for 12 months, 2026-06-01 until 2027-02-01
    """)


def test_contract_moved(scene: Scene) -> None:
    """An admin moves a contract to another account: its subscription is found and amended where it is in Zuora."""
    contract = scene.sell()
    scene.sync()
    heir = scene.world.account("Heir")
    scene.world.move(contract, heir)
    scene.world.amend(contract, "2026-06-01", SEATS_15)
    scene.sync(scene.number_of(2))
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-06-01
          15 Seat at 120 for 12 months, 2026-06-01 until 2027-02-01
    """)


def test_accounts_merged(scene: Scene) -> None:
    """Two accounts are merged in Salesforce: the loser's subscription is found and amended where it is in Zuora."""
    twin = scene.world.account("Twin")
    contract = scene.sell(account=twin)
    scene.sync()
    scene.world.merge(scene.account, twin)
    scene.world.amend(contract, "2026-06-01", SEATS_15)
    scene.sync(scene.number_of(2))
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Twin
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-06-01
          15 Seat at 120 for 12 months, 2026-06-01 until 2027-02-01
    """)


def test_moved_in_zuora(scene: Scene) -> None:
    """Billing hands a subscription over to another account in Zuora: it is amended where it is."""
    contract = scene.sell()
    amendment = _moved_by_hand(scene, contract)
    scene.sync(amendment)
    scene.ends_as("""
        subscription 1: Active, 2026-02-01 until 2027-02-01, of Other, invoiced to Acme
          10 Seat at 120 for 12 months, 2026-02-01 until 2026-06-01
          15 Seat at 120 for 12 months, 2026-06-01 until 2027-02-01
    """)


def test_moved_in_zuora_is_held(scene: Scene) -> None:
    """The same where moved subscriptions are held: the error of the vendor's connector, with its remedy."""
    amendment = _moved_by_hand(scene, scene.sell())
    scene.held(amendment, "CPQ-431", "belongs to account", moved_subscriptions="hold")


def _moved_by_hand(scene: Scene, contract: str) -> str:
    """Sync the first order, have billing hand its subscription over, amend it; returns the amendment's number."""
    scene.sync()
    _, other = scene.account_in_zuora("Other")
    row = scene.person.read("/v1/subscriptions/SUB-0000001")
    scene.person.act(
        row["accountNumber"], "SUB-0000001", "2026-03-01", "OwnerTransfer", {"destinationAccountNumber": other}
    )
    return scene.world.amend(contract, "2026-06-01", SEATS_15)
