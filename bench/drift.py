"""What looking for drift costs: rows a second and peak memory, from the loader of the work file to what differs.

The rows are generated and put straight into the loader, so that neither system nor network counts. `BENCH_LINES` says
how many order products there are.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.memory import peak
from cpqbridge.cli.configure import sandbox_settings
from cpqbridge.mapping.tables import GUIDE
from cpqbridge.sandbox.server import LocalSandbox
from cpqbridge.settings.options import Options
from cpqbridge.sync.connect import open_clients
from cpqbridge.sync.drift.progress import Silence
from cpqbridge.sync.drift.rules import Bench, Rules
from cpqbridge.sync.drift.run import compare
from cpqbridge.sync.drift.scope import Scope
from cpqbridge.sync.drift.sources import OrgColumns, org_columns, org_side, tenant_rows, tenant_side
from cpqbridge.sync.drift.work_file import Part, WorkFile

LINES = int(os.environ.get("BENCH_LINES") or 50_000)
PAGE = 10_000
AMENDED = 4
"""Of so many order products one revises another."""
DRIFTED = 1_000
"""Of so many charges one has another quantity in Zuora."""
TODAY = date(2026, 11, 1)


def drift_table() -> Table:
    """Return speed and memory of looking for drift."""
    done = subprocess.run([sys.executable, "-m", "bench.drift"], capture_output=True, check=True, text=True)
    measured = json.loads(done.stdout)
    table = Table("measure", "value", "goal", title=f"Drift among {LINES:,} order products and their charges")
    table.add_row("rows kept per second of processor time", f"{measured['kept']:,.0f}", "")
    table.add_row("order products compared per second of processor time", f"{measured['compared']:,.0f}", "")
    table.add_row("processor time for all of it", f"{measured['seconds']:.1f} s", "")
    table.add_row("peak memory, process", f"{measured['peak_mib']:.0f} MiB", "≤ 1024 MiB")
    table.add_row("work file", f"{measured['file_mib']:.0f} MiB", "")
    return table


def measure() -> dict[str, float]:
    """Return rows a second, seconds and MiB."""
    org = asyncio.run(_columns())
    tenant = tenant_rows("crmId")
    with tempfile.TemporaryDirectory() as folder, WorkFile(Path(folder) / "drift.sqlite") as work:
        begun = time.process_time()
        rows = _keep(work, org)
        kept = time.process_time()
        compare(Bench(work, org, tenant, Rules(TODAY)), Scope(), Silence())
        ended = time.process_time()
        found, wanted = work.count("difference"), (LINES - LINES // AMENDED + DRIFTED - 1) // DRIFTED
        if found != wanted:
            raise SystemExit(f"{found} differences were found, {wanted} were made")
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
    return {
        "kept": rows / (kept - begun),
        "compared": LINES / (ended - kept),
        "seconds": ended - begun,
        "peak_mib": peak(),
        "file_mib": size / 2**20,
    }


async def _columns() -> OrgColumns:
    """Return the columns of an org with the CPQ package."""
    with LocalSandbox("empty") as sandbox:
        ports = (int(url.rpartition(":")[2]) for url in (sandbox.salesforce_url, sandbox.zuora_url))
        async with open_clients(sandbox_settings(*ports)) as clients:
            return await org_columns(clients.salesforce, Options(), GUIDE)


def _keep(work: WorkFile, org: OrgColumns) -> int:
    """Put all rows into the work file, page by page; returns how many."""
    keep: Any = {
        one.name: one
        for side in (org_side(_NOBODY, org), tenant_side(_NOBODY, tenant_rows("crmId")))
        for one in side.readings
    }
    count = 0
    for name, rows in (
        ("order products", _items()),
        ("accounts", _customers()),
        ("billed charges", _billed()),
        ("billing accounts", _accounts()),
        ("orders", _orders()),
    ):
        for page in _pages(rows):
            with work.transaction():
                keep[name].keep(work, page)
                work.note(name, "", Part(rows=len(page), done=True))
            count += len(page)
    work.finish()
    return count


_NOBODY: Any = None
"""No client: nothing is asked for."""


def _pages(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    page: list[dict[str, Any]] = []
    for row in rows:
        page.append(row)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page


def _chains() -> Iterator[tuple[int, bool]]:
    """Yield the number of each order product that begins a chain, and whether the next one revises it."""
    number = 0
    while number < LINES:
        amended = number % AMENDED == AMENDED - 2 and number + 1 < LINES
        yield number, amended
        number += 2 if amended else 1


def _items() -> Iterator[dict[str, Any]]:
    for number, amended in _chains():
        yield _item(number, None, "10", "2026-02-01", _price(number))
        if amended:
            yield _item(number + 1, number, "5", "2026-06-01", f"{Decimal(_price(number)) * 2 / 3:.2f}")


def _price(number: int) -> str:
    """Return one of as many net prices as a price book may have."""
    return str(60 + 3 * (number % 1_000))


def _item(number: int, revised: int | None, quantity: str, start: str, price: str) -> dict[str, Any]:
    """Return an order product as a Bulk query gives it."""
    order = f"{number // 4:08}" if revised is None else f"A{number:07}"
    subscription = {
        "Name": f"SUB-{number:07}", "SBQQ__Contract__c": _id("800", number // 4), "SBQQ__NetPrice__c": price,
        "SBQQ__StartDate__c": start, "SBQQ__EndDate__c": "2027-01-31", "SBQQ__SubscriptionType__c": "Renewable",
        "SBQQ__PricingMethod__c": "List", "CreatedDate": f"2026-01-0{1 if revised is None else 2}T00:00:00.000Z",
        "SBQQ__RevisedSubscription__c": None if revised is None else _id("a0S", revised),
        "SBQQ__Contract__r.StartDate": "2026-02-01", "SystemModstamp": "2026-01-02T00:00:00.000Z",
    }  # fmt: skip
    product = {
        "Id": _id("01t", 1), "Name": "Seat", "ProductCode": "SEAT", "SBQQ__SubscriptionPricing__c": "Fixed Price",
        "SBQQ__PricingMethod__c": "List", "SBQQ__ChargeType__c": "Recurring",
    }  # fmt: skip
    sold_by = {
        "OrderNumber": order, "EffectiveDate": start, "AccountId": _account(number), "Account.Name": "Acme",
        "StatusCode": "Activated", "Status": "Activated", "SBQQ__Contracted__c": "true",
        "SystemModstamp": "2026-01-02T00:00:00.000Z",
    }  # fmt: skip
    return {
        "Id": _id("802", number), "OrderId": _id("801", number // 4), "OrderItemNumber": f"{number:010}",
        "Quantity": quantity, "UnitPrice": price, "Product2Id": _id("01t", 1), "SBQQ__DefaultSubscriptionTerm__c": "12",
        "SBQQ__RevisedOrderProduct__c": None if revised is None else _id("802", revised),
        "SBQQ__Subscription__c": _id("a0S", number), "SBQQ__Contracted__c": "true",
        **{f"SBQQ__Subscription__r.{name}": value for name, value in subscription.items()},
        **{f"Product2.{name}": value for name, value in product.items()},
        **{f"Order.{name}": value for name, value in sold_by.items()},
    }  # fmt: skip


def _billed() -> Iterator[dict[str, Any]]:
    for place, (number, amended) in enumerate(_chains()):
        drifted = place % DRIFTED == 0
        if amended:
            yield _segment(number, 1, ("2026-02-01", "2026-06-01"), 10)
            yield _segment(number, 2, ("2026-06-01", "2027-02-01"), 16 if drifted else 15)
        else:
            yield _segment(number, 1, ("2026-02-01", "2027-02-01"), 11 if drifted else 10)


def _segment(number: int, place: int, days: tuple[str, str], quantity: int) -> dict[str, Any]:
    """Return a row of what is billed as a Data Query gives it."""
    key = f"{number:028x}"
    return {
        "subscription_name": f"SUB-{number:07}", "subscription_status": "Active",
        "subscription_subscriptionstartdate": "2026-02-01", "subscription_termstartdate": "2026-02-01",
        "subscription_termenddate": "2027-02-01", "subscription_autorenew": False,
        "subscription_updateddate": "2026-01-02 00:00:00.000 UTC", "owner_crmid": _account(number),
        "payer_crmid": _account(number), "owner_accountnumber": f"A{number // 100}", "owner_name": "Acme",
        "rateplan_id": f"2c90{key}", "rateplan_name": "Seat", "rateplan_externallymanagedplanid": _id("802", number),
        "rateplancharge_id": f"2c9{place}{key}", "rateplancharge_chargenumber": f"C-{number:08}",
        "rateplancharge_chargetype": "Recurring", "rateplancharge_chargemodel": "Per Unit Pricing",
        "rateplancharge_triggerevent": "ContractEffective", "rateplancharge_uom": "Each",
        "rateplancharge_quantity": quantity, "rateplancharge_effectivestartdate": days[0],
        "rateplancharge_effectiveenddate": days[1], "rateplancharge_billingperiod": "Month",
        "rateplancharge_listpricebase": "Per Specific Months", "rateplancharge_specificlistpricebase": 12,
        "rateplanchargetier_tier": 1, "rateplanchargetier_startingunit": None, "rateplanchargetier_endingunit": None,
        "rateplanchargetier_price": int(_price(number)), "rateplanchargetier_priceformat": "Per Unit",
    }  # fmt: skip


def _customers() -> Iterator[dict[str, Any]]:
    yield from ({"Id": _account(number), "Name": "Acme"} for number in range(0, LINES, 100))


def _accounts() -> Iterator[dict[str, Any]]:
    for number in range(0, LINES, 100):
        yield {
            "account_id": f"{number:032x}", "account_accountnumber": f"A{number // 100}", "account_status": "Active",
            "account_crmid": _account(number), "account_name": "Acme", "account_currency": "USD",
        }  # fmt: skip


def _orders() -> Iterator[dict[str, Any]]:
    for number, amended in _chains():
        yield {"orders_ordernumber": f"{number // 4:08}"}
        if amended:
            yield {"orders_ordernumber": f"A{number + 1:07}"}


def _account(number: int) -> str:
    return _id("001", number // 100)


def _id(prefix: str, number: int) -> str:
    return f"{prefix}{number:012}AAA"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()))
