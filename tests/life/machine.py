"""Random lives: a sales team acts, orders are synced at random moments and in random order, then all is reckoned up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import wraps
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from cpqbridge.sync.result import SyncResult
from tests.life.minimal import Step
from tests.life.reckoning import reckon
from tests.life.sales import PRODUCTS, Sales
from tests.life.stage import Stage

T = TypeVar("T")

Rule = Callable[..., None]

Sold = tuple[str, int, Decimal]
"""Product, quantity and net price for the term."""

MOST_NEW = 4
"""New orders of a life; most of what happens shall happen to contracts that are there."""

WHICH = st.integers(0, 5)
"""Which contract, subscription or customer; counted round where there are fewer."""

DAY = st.one_of(st.sampled_from([0, 31, 59, 90, 151, 181, 273, 334]), st.integers(0, 364))
"""Days after a contract's first one; the first of these are first days of months of a contract from January on."""

QUANTITY = st.integers(1, 60)
PRICE = st.sampled_from([Decimal(120), Decimal("99.99"), Decimal(600), Decimal("1200.50")])
PRODUCT = st.sampled_from(sorted(PRODUCTS))
START = st.sampled_from(["2026-01-01", "2026-03-01", "2026-01-15", "2025-07-01"])
MONTHS = st.sampled_from([12, 1, 6, 24])
LINES = st.lists(st.tuples(PRODUCT, QUANTITY, PRICE), min_size=1, max_size=4)
FAULTS = st.sampled_from(
    [
        {"fault": "drop_request"},
        {"fault": "drop_response"},
        {"fault": "drop_response", "path": "/v1/orders*"},
        {"fault": "status", "status": 500, "path": "/v1/orders*"},
        {"fault": "status", "status": 429},
    ]
)


def pick(choices: Sequence[T], which: int) -> T:
    """Return one of several, counted round."""
    return choices[which % len(choices)]


def business_is_slow(life: NewOrders) -> bool:
    """Return whether there are few new orders yet."""
    return sum(deed.kind == "new" for deed in life.sales.deeds) < MOST_NEW


def orders_are_there(life: NewOrders) -> bool:
    """Return whether there is an order."""
    return bool(life.sales.orders)


def several_orders_are_there(life: NewOrders) -> bool:
    """Return whether there is an order besides the first."""
    return len(life.sales.orders) > 1


def contracts_are_there(life: NewOrders) -> bool:
    """Return whether there is a contract of which something is left."""
    return bool(life.sales.living())


def renewals_are_due(life: NewOrders) -> bool:
    """Return whether there is a contract to renew."""
    return bool(life.sales.renewable())


def assets_are_there(life: NewOrders) -> bool:
    """Return whether there is an asset to amend."""
    return any(life.sales.assets(one) for one in life.sales.contracts)


any_rule: Any = rule
"""The overloads of `rule` do not say that it takes any arguments."""


def step(when: Callable[[Any], bool] | None = None, **chosen: st.SearchStrategy[Any]) -> Callable[[Rule], Rule]:
    """Make a rule that notes what it was called with, so that `minimal` can call it again.

    Args:
        when: Says whether it makes sense now.
        chosen: Its arguments.
    """

    def made(function: Rule) -> Rule:
        @wraps(function)
        def noted(life: NewOrders, **given: Any) -> None:
            if when is None or when(life):
                life.steps.append((function.__name__, given))
                function(life, **given)

        as_rule: Rule = any_rule(**chosen)(noted)
        return as_rule if when is None else precondition(when)(as_rule)

    return made


class NewOrders(RuleBasedStateMachine):
    """The life of an org that only sells anew."""

    stage: ClassVar[Stage]
    """Where lives are played; set before the machine runs."""
    options: ClassVar[dict[str, Any]] = {"amount_proof": "report"}
    """Options of the connector. What is billed for days within months is the matter of `invoiced`."""

    latest: ClassVar[NewOrders | None] = None
    """The life played last."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[Step] = []

    @initialize(lines=LINES, start=START, months=MONTHS)
    def begin(self, lines: list[Sold], start: str, months: int) -> None:
        """Open an empty org and an empty tenant, and sell something first."""
        type(self).latest = self
        self.steps.append(("begin", {"lines": lines, "start": start, "months": months}))
        self.stage.begin(**self.options)
        self.sales = Sales(self.stage.world)
        self.sales.new(lines, start, months)

    @step(business_is_slow, lines=LINES, start=START, months=MONTHS, customer=st.integers(0, 1))
    def new_order(self, lines: list[Sold], start: str, months: int, customer: int) -> None:
        self.sales.new(lines, start, months, account=customer)

    @step(
        orders_are_there,
        which=st.lists(st.integers(0, 20), min_size=1, max_size=6),
        trouble=st.lists(FAULTS, max_size=2),
    )
    def sync(self, which: list[int], trouble: list[dict[str, Any]]) -> None:
        numbers = [*self.sales.orders, *self.sales.taken_back]
        self._sync(list(dict.fromkeys(pick(numbers, one) for one in which)), trouble)

    @step(orders_are_there)
    def sync_everything(self) -> None:
        self._sync([*self.sales.taken_back, *self.sales.orders], [])

    def _sync(self, numbers: list[str], trouble: list[dict[str, Any]]) -> None:
        with self.stage.troubled(trouble):
            results = self.stage.sync(numbers)
        self.keep(results)
        outcomes = ", ".join(f"{one.record} {one.outcome}{_codes(one)}" for one in results)
        troubles = "".join(f" ({one['fault']} on {one.get('path', '*')})" for one in trouble)
        self.sales.tell(f"sync {', '.join(numbers)}{troubles}: {outcomes}")

    def keep(self, results: list[SyncResult]) -> None:
        """Take note of what became of orders."""

    def reckon(self) -> list[str]:
        """Return what is wrong at the end."""
        return reckon(self.stage, self.sales)

    def teardown(self) -> None:
        """Reckon; a difference fails the example with the story of the life."""
        if not hasattr(self, "sales"):
            return
        wrong = self.reckon()
        assert not wrong, "\n".join(["", "WHAT IS WRONG", *wrong, "", "WHAT WAS DONE", *self.sales.story])


class Life(NewOrders):
    """The whole life of an org."""

    options: ClassVar[dict[str, Any]] = {
        "one_time_refunds": "keep",
        "deleted_orders": "delete",
        "amount_proof": "report",
    }

    def _line(
        self, contract: int, line: int, act: Callable[[str, str], object], contracts: Sequence[str] | None = None
    ) -> None:
        """Do something to one subscription of a contract, by default of any of which something is left."""
        number = pick(contracts or self.sales.living(), contract)
        act(number, pick(self.sales.open(number), line))

    @step(contracts_are_there, contract=WHICH, line=WHICH, quantity=QUANTITY, day=DAY)
    def amend_quantity(self, contract: int, line: int, quantity: int, day: int) -> None:
        def act(number: str, subscription: str) -> None:
            change = {"subscriptionNumber": subscription, "quantity": quantity}
            self.sales.amend(number, self.sales.day(number, day), change, kind="amend quantity")

        self._line(contract, line, act)

    @step(contracts_are_there, contract=WHICH, line=WHICH, quantity=QUANTITY)
    def amend_again_on_the_same_day(self, contract: int, line: int, quantity: int) -> None:
        def act(number: str, subscription: str) -> None:
            change = {"subscriptionNumber": subscription, "quantity": quantity}
            self.sales.amend(number, self.sales.latest_day(number), change, kind="amend quantity")

        self._line(contract, line, act)

    @step(contracts_are_there, contract=WHICH, quantities=st.lists(st.integers(0, 30), min_size=2, max_size=4), day=DAY)
    def amend_several(self, contract: int, quantities: list[int], day: int) -> None:
        number = pick(self.sales.living(), contract)
        changes = [
            {"subscriptionNumber": subscription, "quantity": quantity}
            for subscription, quantity in zip(self.sales.open(number), quantities, strict=False)
        ]
        if changes:
            self.sales.amend(number, self.sales.day(number, day), *changes, kind="amend several")

    @step(contracts_are_there, contract=WHICH, product=PRODUCT, quantity=QUANTITY, price=PRICE, day=DAY)
    def add_product(self, contract: int, product: str, quantity: int, price: Decimal, day: int) -> None:
        number = pick(self.sales.living(), contract)
        added = self.sales.addition(product, quantity, price)
        self.sales.amend(number, self.sales.day(number, day), add=[added], kind="add product")

    @step(contracts_are_there, contract=WHICH, quantity=QUANTITY, day=DAY)
    def add_bundle(self, contract: int, quantity: int, day: int) -> None:
        number = pick(self.sales.living(), contract)
        root = self.sales.addition("Desk", quantity, Decimal(120), SBQQ__Bundle__c=True)
        part = self.sales.addition("Seat", 2 * quantity, Decimal(0), SBQQ__Bundled__c=True)
        bundle = [root, part | {"under": root["product"]}]
        self.sales.amend(number, self.sales.day(number, day), add=bundle, kind="add bundle")

    @step(contracts_are_there, contract=WHICH, line=WHICH, price=PRICE, quantity=st.none() | QUANTITY, day=DAY)
    def change_price(self, contract: int, line: int, price: Decimal, quantity: int | None, day: int) -> None:
        def act(number: str, subscription: str) -> None:
            many = {} if quantity is None else {"quantity": quantity}
            change = {"subscriptionNumber": subscription, "netPrice": price, **many}
            self.sales.amend(number, self.sales.day(number, day), change, kind="change price")

        self._line(contract, line, act)

    @step(contracts_are_there, contract=WHICH, line=WHICH, product=PRODUCT, quantity=QUANTITY, price=PRICE, day=DAY)
    def swap(self, contract: int, line: int, product: str, quantity: int, price: Decimal, day: int) -> None:
        def act(number: str, subscription: str) -> None:
            change = {"subscriptionNumber": subscription, "swap": self.sales.addition(product, quantity, price)}
            self.sales.amend(number, self.sales.day(number, day), change, kind="swap")

        self._line(contract, line, act)

    @step(contracts_are_there, contract=WHICH, line=WHICH, day=DAY)
    def cancel_one(self, contract: int, line: int, day: int) -> None:
        self._line(contract, line, lambda number, one: self.sales.cancel(number, self.sales.day(number, day), one))

    @step(contracts_are_there, contract=WHICH, day=DAY)
    def cancel_all(self, contract: int, day: int) -> None:
        number = pick(self.sales.living(), contract)
        self.sales.cancel(number, self.sales.day(number, day))

    @step(
        renewals_are_due,
        contract=WHICH,
        uplift=st.sampled_from([0, 5]),
        term=st.sampled_from([None, 12, 6, 24]),
        assets=st.booleans(),
    )
    def renew(self, contract: int, uplift: int, term: int | None, assets: bool) -> None:
        more = _given(uplift=uplift or None, term=term, includeAssets=assets or None)
        self.sales.renew(pick(self.sales.renewable(), contract), **more)

    @step(
        renewals_are_due,
        contract=WHICH,
        line=WHICH,
        quantity=st.integers(0, 30),
        product=st.none() | PRODUCT,
        price=PRICE,
    )
    def renew_changed(self, contract: int, line: int, quantity: int, product: str | None, price: Decimal) -> None:
        """Renew with another quantity of one subscription, or without it (0), and perhaps a new product."""

        def act(number: str, subscription: str) -> None:
            change = {"subscriptionNumber": subscription, "quantity": quantity}
            added = [] if product is None else [self.sales.addition(product, 3, price)]
            self.sales.renew(number, change, add=added, kind="renew changed")

        self._line(contract, line, act, self.sales.renewable())

    @step(renewals_are_due, contract=WHICH, day=st.integers(1, 364), uplift=st.sampled_from([0, 10]))
    def renew_early(self, contract: int, day: int, uplift: int) -> None:
        number = pick(self.sales.renewable(), contract)
        self.sales.renew(
            number, effectiveDate=self.sales.day(number, day), kind="renew early", **_given(uplift=uplift or None)
        )

    @step(
        contracts_are_there,
        contract=WHICH,
        line=WHICH,
        quantity=QUANTITY,
        day=DAY,
        owner=st.integers(0, 3),
        payer=st.none() | st.integers(0, 3),
    )
    def move(self, contract: int, line: int, quantity: int, day: int, owner: int | None, payer: int | None) -> None:
        """Amend a quantity by an order that names other owners."""

        def act(number: str, subscription: str) -> None:
            change = {"subscriptionNumber": subscription, "quantity": quantity}
            accounts = self.sales.accounts
            owners = _given(
                SubscriptionOwner__c=None if owner is None else accounts[owner],
                InvoiceOwner__c=None if payer is None else accounts[payer],
            )
            self.sales.amend(number, self.sales.day(number, day), change, orderFields=owners, kind="move")

        self._line(contract, line, act)

    @step(assets_are_there, contract=WHICH, asset=WHICH, quantity=QUANTITY, day=DAY)
    def amend_asset(self, contract: int, asset: int, quantity: int, day: int) -> None:
        number = pick([one for one in self.sales.contracts if self.sales.assets(one)], contract)
        change = {"assetId": pick(self.sales.assets(number), asset), "quantity": quantity}
        self.sales.amend(number, self.sales.day(number, day), change, kind="amend asset")

    @step(several_orders_are_there, delete=st.booleans())
    def take_back(self, delete: bool) -> None:
        self.sales.take_back(delete=delete)

    @step(customer=st.integers(0, 3), city=st.sampled_from(["Oakland", "Berkeley"]))
    def edit_account(self, customer: int, city: str) -> None:
        self.sales.edit_account(customer, BillingCity=city)


def _codes(result: SyncResult) -> str:
    codes = [reason.code for reason in result.reasons]
    return f" ({', '.join(codes)})" if codes else ""


def _given(**values: Any) -> dict[str, Any]:
    """Return the values that are given."""
    return {name: value for name, value in values.items() if value is not None}
