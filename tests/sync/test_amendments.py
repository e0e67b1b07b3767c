"""Amendment orders that the CPQ package makes: what they amend is looked for in Zuora's latest version, then held."""

from __future__ import annotations

import asyncio

import httpx

from cpqbridge.sync.result import SyncResult
from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.world import Line


def sync(both: Both, *numbers: str) -> list[SyncResult]:
    async def go() -> list[SyncResult]:
        async with both.service() as service:
            return await service.orders(numbers)

    return asyncio.run(go())


def codes(result: SyncResult) -> list[str]:
    assert result.outcome is Outcome.HELD
    return [reason.code for reason in result.reasons]


def amended(both: Both, account: str) -> tuple[str, str]:
    """Return the numbers of an order and of one that doubles its quantity."""
    original = both.world.order(account, [Line(both.world.product(), 10)])
    contract = both.world.contract(original)
    return original, both.world.amend(contract, "2026-06-01", {"product": "Seat", "quantity": 20})


def test_the_original_is_looked_for_before_anything_else(both: Both) -> None:
    original, amendment = amended(both, both.world.account())
    assert codes(sync(both, amendment)[0]) == ["CPQ-426"]
    assert sync(both, original)[0].outcome is Outcome.SYNCED
    assert codes(sync(both, amendment)[0]) == ["CPQ-413"]
    assert sync(both, original)[0].outcome is Outcome.UNCHANGED


def test_the_owner_is_that_of_the_latest_version(both: Both) -> None:
    account = both.world.account()
    original, amendment = amended(both, account)
    [done] = sync(both, original)
    [number] = done.zuora["subscriptions"]
    other = both.world.account("Other")
    asyncio.run(_accounts(both, other))
    [destination] = [row["accountNumber"] for row in both.sandbox.tenant.store.find("account", crmId=other)]
    transfer = {
        "orderDate": "2026-03-01",
        "existingAccountNumber": done.zuora["accountNumber"],
        "subscriptions": [
            {
                "subscriptionNumber": number,
                "orderActions": [
                    {
                        "type": "OwnerTransfer",
                        "triggerDates": [{"name": "ContractEffective", "triggerDate": "2026-03-01"}],
                        "ownerTransfer": {"destinationAccountNumber": destination},
                    }
                ],
            }
        ],
    }
    token = both.sandbox.credentials["zuora"]
    form = {
        "grant_type": "client_credentials",
        "client_id": token["client_id"],
        "client_secret": token["client_secret"],
    }
    url = both.sandbox.zuora_url
    bearer = httpx.post(f"{url}/oauth/token", data=form, timeout=30).json()["access_token"]
    answer = httpx.post(
        f"{url}/v1/orders", json=transfer, headers={"Authorization": f"Bearer {bearer}"}, timeout=30
    ).json()
    assert answer["success"], answer
    assert codes(sync(both, amendment)[0]) == ["CPQ-431"]


async def _accounts(both: Both, *ids: str) -> None:
    async with both.service() as service:
        await service.accounts(ids)
