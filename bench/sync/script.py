"""The straightforward script that a user would write: `simple-salesforce` and `zuora_sdk`, in a few threads.

It knows one kind of order only, keeps no ledger, and looks at nothing but whether the account is there.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from threading import Lock
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from bench.sync.workload import Orders, port
from cpqbridge.sandbox.credentials import SALESFORCE, ZUORA

simple_salesforce: Any = import_module("simple_salesforce")
sdk: Any = import_module("zuora_sdk")  # neither has types
client: Any = import_module("zuora_sdk.zuora_client")

THREADS = 8
EVENTS = ("ContractEffective", "ServiceActivation", "CustomerAcceptance")

FIELDS = "Id, OrderNumber, EffectiveDate, AccountId, Account.Name, Account.BillingCountry, Account.BillingState"
ITEMS = "Id, Product2Id, Quantity, UnitPrice, SBQQ__Subscription__r.Name"


class PlainAdapter(HTTPAdapter):
    """Reaches the sandbox without TLS, which simple-salesforce takes for granted."""

    def send(self, request: requests.PreparedRequest, *words: Any, **named: Any) -> requests.Response:
        """Send over HTTP."""
        request.url = str(request.url).replace("https://", "http://", 1)
        return super().send(request, *words, **named)


class Script:
    """Carries orders over, one call after the other.

    Args:
        org: Address of the org.
        tenant: Address of the tenant.
        most: Connections.
    """

    def __init__(self, org: str, tenant: str, most: int) -> None:
        session = requests.Session()
        session.mount("https://", PlainAdapter(pool_maxsize=most))
        self._salesforce = simple_salesforce.Salesforce(
            instance=f"127.0.0.1:{port(org)}", session_id=SALESFORCE.access_token, session=session
        )
        configuration = sdk.Configuration(host=tenant)
        configuration.connection_pool_maxsize = most
        self._zuora = client.ZuoraClient(ZUORA.client_id, ZUORA.client_secret, None, configuration)
        self._zuora._auth()  # noqa: SLF001 - the SDK signs in no other way
        self._locks: dict[str, Lock] = {}
        self._guard = Lock()
        self._plans: dict[str, tuple[str, str]] = {}

    def carry(self, number: str) -> None:
        """Carry one order over."""
        found = self._salesforce.query(
            f"SELECT {FIELDS}, (SELECT {ITEMS} FROM OrderItems) FROM Order WHERE OrderNumber = '{number}'"  # noqa: S608
        )
        order = found["records"][0]
        with self._lock_of(order["AccountId"]):
            account = self._account(order)
        subscriptions = [self._subscription(order, item) for item in order["OrderItems"]["records"]]
        body = {
            "orderNumber": f"{number}S",
            "orderDate": order["EffectiveDate"],
            "existingAccountNumber": account,
            "subscriptions": subscriptions,
        }
        answer = self._zuora.orders_api().create_order(sdk.CreateOrderRequest.from_dict(body))
        if not answer.success:
            raise SystemExit(f"the script's order is refused: {answer.reasons}")

    def _lock_of(self, account: str) -> Lock:
        with self._guard:
            return self._locks.setdefault(account, Lock())

    def _account(self, order: Mapping[str, Any]) -> str:
        key = f"{order['AccountId']}S"
        rows = self._rows(f"select AccountNumber from Account where CrmId = '{key}'")  # noqa: S608
        if rows:
            return str(rows[0]["AccountNumber"])
        name, country, state = (
            order["Account"]["Name"],
            order["Account"]["BillingCountry"],
            order["Account"]["BillingState"],
        )
        contact = {"firstName": name, "lastName": name, "country": country, "state": state}
        body = {"name": name, "currency": "USD", "billCycleDay": 1, "crmId": key, "billToContact": contact}
        return str(self._zuora.accounts_api().create_account(sdk.CreateAccountRequest.from_dict(body)).account_number)

    def _subscription(self, order: Mapping[str, Any], item: Mapping[str, Any]) -> dict[str, Any]:
        plan, charge = self._plan(item["Product2Id"])
        start, name = order["EffectiveDate"], item["SBQQ__Subscription__r"]["Name"]
        term = {"termType": "TERMED", "period": 12, "periodType": "Month", "startDate": start}
        renewal = {
            "renewalSetting": "RENEW_WITH_SPECIFIC_TERM",
            "renewalTerms": [{"period": 12, "periodType": "Month"}],
        }
        pricing = {"recurringPerUnit": {"listPrice": float(item["UnitPrice"]), "quantity": float(item["Quantity"])}}
        override = {"productRatePlanChargeId": charge, "pricing": pricing}
        action = {
            "type": "CreateSubscription",
            "triggerDates": [{"name": event, "triggerDate": start} for event in EVENTS],
            "createSubscription": {
                "subscriptionNumber": f"{name}S",
                "terms": {"initialTerm": term, **renewal},
                "subscribeToRatePlans": [{"productRatePlanId": plan, "chargeOverrides": [override]}],
            },
        }
        return {"orderActions": [action]}

    def _plan(self, product: str) -> tuple[str, str]:
        """Return the rate plan of a product and its charge, which are read once."""
        if product not in self._plans:
            api = self._zuora.product_rate_plans_api()
            plan = api.get_product_rate_plans_by_external_id(product).product_rate_plans[0].id
            rows = self._rows(f"select Id from ProductRatePlanCharge where ProductRatePlanId = '{plan}'")  # noqa: S608
            self._plans[product] = plan, rows[0]["Id"]
        return self._plans[product]

    def _rows(self, query: str) -> Sequence[Mapping[str, Any]]:
        answer = self._zuora.actions_api().action_post_query(sdk.ProxyActionqueryRequest(query_string=query))
        return [row if isinstance(row, Mapping) else row.to_dict() for row in answer.records or ()]


def run(org: str, tenant: str, orders: Orders) -> float:
    """Carry orders over as a user's script would, and return the seconds."""
    warnings.filterwarnings("ignore")
    script = Script(org, tenant, THREADS)
    begin = time.monotonic()
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(script.carry, [str(one.number) for one in orders]))
    return time.monotonic() - begin
