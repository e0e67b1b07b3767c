"""Generated orders: every mixture of products, prices, usage, terms, contacts, addresses and owners that may go."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st

from cpqbridge.planning.draft import Draft
from cpqbridge.planning.snapshot import Snapshot
from cpqbridge.planning.state import Charge, RatePlan, ZuoraState
from cpqbridge.settings.options import Options
from tests.planning import generated_usage as usage
from tests.planning import records as r

OWNER = "001000000000002AAA"
PARENT = "001000000000003AAA"
PRODUCTS = 4
TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=0x17F, exclude_characters="\x7f"), min_size=1, max_size=40)
PRICE = st.decimals(0, 1_000_000, places=2)
STREET = st.lists(st.sampled_from(["1 Main Street", "Floor 2", "Straße 3"]), min_size=1, max_size=3).map("\n".join)
PLACES = st.sampled_from(
    [("US", "CA"), ("United States", "New York"), ("Canada", "QC"), ("Deutschland", "Bayern"), ("FRA", "Paris")]
)
VALUES = {"countries": {"Deutschland": "Germany"}}


class World(NamedTuple):
    """An order with all that planning reads, and what Zuora may know already."""

    order: dict[str, Any]
    snapshot: Snapshot
    plans: dict[str, RatePlan]
    options: dict[str, Any]

    def draft(self, state: ZuoraState | None = None) -> Draft:
        """A draft over the state, or over a tenant that knows nothing but some of the catalog."""
        return Draft(self.snapshot, state or self.state(), Options(**self.options), VALUES)

    def state(self) -> ZuoraState:
        """A tenant that knows nothing but some of the catalog."""
        return ZuoraState(plans=dict(self.plans), units=dict(usage.UNITS))


@st.composite
def addresses(draw: st.DrawFn, part: str) -> dict[str, Any]:
    country, state = draw(PLACES)
    names = ("Street", "City", "State", "PostalCode", "Country")
    values = (draw(STREET), draw(TEXT), state, draw(st.sampled_from([None, "94105", "SW1Y 4JH"])), country)
    return {f"{part}{name}": value for name, value in zip(names, values, strict=True)}


@st.composite
def accounts(draw: st.DrawFn, account_id: str, parent: str | None = None) -> dict[str, Any]:
    shipping = draw(st.none() | addresses("Shipping"))
    name = draw(TEXT.filter(str.strip))
    notes = draw(st.none() | TEXT)
    return r.account(Id=account_id, Name=name, ParentId=parent, Description=notes, **(shipping or {})) | draw(
        addresses("Billing")
    )


def contacts(account_id: str) -> st.SearchStrategy[dict[str, Any]]:
    """Draw one of three people; each is always the same, whichever role it has."""
    people = [
        r.contact(
            Id=f"00300000000000{number}AAA",
            AccountId=account_id,
            FirstName=first,
            LastName=f"Person {number}",
            Email=email,
        )
        for number, first, email in [(1, "Ada", "ada@example.com"), (2, None, "b@example.com"), (3, "Łucja", None)]
    ]
    return st.sampled_from(people)


@st.composite
def products(draw: st.DrawFn, number: int) -> dict[str, Any]:
    one_off = number == 0
    kind = "One-Time" if one_off else draw(st.sampled_from(["Recurring", "Recurring", "One-Time", "Usage"]))
    entries = [
        {"CurrencyIsoCode": name, "UnitPrice": draw(PRICE)} for name in draw(st.sets(st.sampled_from(["USD", "EUR"])))
    ]
    return r.product(
        Id=f"01t00000000000{number}AAA",
        Name=f"{draw(TEXT)} {number}",
        ProductCode=draw(st.sampled_from(["SHARED", f"CODE-{number}"])),
        SBQQ__SubscriptionPricing__c=None if one_off else "Fixed Price",
        SBQQ__PricingMethod__c=draw(st.sampled_from(["List", "Block"])),
        SBQQ__ChargeType__c=kind,
        SBQQ__BillingFrequency__c=draw(
            st.sampled_from(["Monthly", "Quarterly", "Semiannual", "Annual", "Invoice Plan"])
        ),
        SBQQ__Taxable__c=draw(st.booleans()),
        SBQQ__TaxCode__c="SW",
        PricebookEntries={"records": entries},
    )


@st.composite
def items(draw: st.DrawFn, number: int, product: dict[str, Any], links: list[dict[str, Any]]) -> dict[str, Any]:
    block = product["SBQQ__PricingMethod__c"] == "Block"
    common = {
        "Id": f"8020000000{number:05}AAA",
        "OrderItemNumber": f"{number:010}",
        "Quantity": draw(st.decimals("0.01", 10_000, places=2)),
        "UnitPrice": draw(PRICE),
        "Description": draw(st.none() | TEXT),
        "Product2Id": product["Id"],
        "Product2": product,
        "SBQQ__DefaultSubscriptionTerm__c": draw(st.sampled_from([None, 1, 12, 36])),
        "SBQQ__UnproratedNetPrice__c": draw(st.none() | PRICE),
        "SBQQ__BundleRoot__c": draw(st.none() | st.just("802B")),
    }
    if product["SBQQ__SubscriptionPricing__c"] is None:
        return r.item(subscription=None, **common)
    schedules = [draw(usage.agreed(number, link, position)) for position, link in enumerate(links)]
    common["SBQQ__OrderItems__r"] = {"records": draw(st.permutations(schedules))} if schedules else None
    start = draw(st.dates(date(2023, 12, 28), date(2028, 3, 3)))
    evergreen = draw(st.booleans())
    days = draw(st.sampled_from([30, 59, 90, 182, 364, 365, 730, 1095, 4000]) | st.integers(0, 4000))
    return r.item(
        subscription={
            "Name": f"SUB-{number:07}",
            "SBQQ__StartDate__c": start.isoformat(),
            "SBQQ__EndDate__c": None if evergreen else (start + timedelta(days=days)).isoformat(),
            "SBQQ__SubscriptionType__c": "Evergreen" if evergreen else "Renewable",
            "SBQQ__NetPrice__c": draw(PRICE),
            "SBQQ__PricingMethod__c": "Block" if block else "List",
            "SBQQ__Contract__r": {"StartDate": draw(st.sampled_from([start.isoformat(), "2023-12-01"]))},
        },
        **common,
    )


def catalog_plan(product: dict[str, Any]) -> RatePlan:
    """The rate plan that the tenant may have already, as the connector would have made it."""
    kind = product["SBQQ__ChargeType__c"].replace("-", "")
    model = "Per Unit Pricing" if product["SBQQ__PricingMethod__c"] == "List" else "Flat Fee Pricing"
    return RatePlan(f"a{product['Id']:0>31}", (Charge(f"c{product['Id']:0>31}", kind, model, "Month"),))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw an order that may go."""
    sold = [draw(products(number)) for number in range(PRODUCTS)]
    lines = draw(st.lists(st.sampled_from(sold), min_size=1, max_size=6))
    links = {one["Id"]: draw(usage.links(number)) if number else [] for number, one in enumerate(sold)}
    rows = [draw(items(number, product, links[product["Id"]])) for number, product in enumerate(lines)]
    has_line_items = any(row["SBQQ__Subscription__c"] is None for row in rows)
    owner = draw(st.none() | st.just(OWNER))
    payer = None if has_line_items else draw(st.none() | st.just(OWNER))
    bill_to = draw(st.none() | contacts(payer or r.ACCOUNT_ID))
    ship_to = draw(st.none() | contacts(owner or r.ACCOUNT_ID))
    by_order = draw(st.booleans())
    order = r.order(
        *rows,
        **(draw(st.just({}) | addresses("Billing"))),
        **(draw(st.just({}) | addresses("Shipping"))),
        InvoiceOwner__c=payer,
        SubscriptionOwner__c=owner,
        BillToContact=bill_to,
        BillToContactId=bill_to and bill_to["Id"],
        ShipToContact=ship_to,
        ShipToContactId=ship_to and ship_to["Id"],
        Description=draw(st.none() | TEXT),
        SBQQ__Quote__r=draw(st.none() | st.just({"Name": "Q-1", "SBQQ__Type__c": "Quote"})),
        CompanyAuthorizedDate=draw(st.none() | st.just("2026-02-03")),
    )
    family = [
        draw(accounts(r.ACCOUNT_ID, draw(st.none() | st.just(PARENT)))),
        draw(accounts(OWNER)),
        draw(accounts(PARENT)),
    ]
    days = draw(st.booleans())
    options = {
        "trigger_dates_on_orders": by_order,
        "use_subscription_start_date": draw(st.booleans()),
        "sfdc_use_list_price_base": not days and draw(st.booleans()),
        "subscription_term_in_days": days,
        "increment_tier_upper_bound": draw(st.booleans()),
    }
    snapshot = Snapshot(
        accounts={one["Id"]: one for one in family},
        products={one["Id"]: one for one in sold},
        schedules={product: some for product, some in links.items() if some},
        rates={
            link["ConsumptionScheduleId"]: [{"LowerBound": 0, "PricingMethod": draw(usage.METHOD)}]
            for some in links.values()
            for link in some
        },
        time_zone="Europe/Berlin",
    )
    known = draw(st.sets(st.sampled_from(range(PRODUCTS))))
    plans = {sold[number]["Id"]: catalog_plan(sold[number]) for number in known}
    for number in draw(st.sets(st.sampled_from(range(PRODUCTS)))):
        plans |= {link["Id"]: usage.catalog_plan(link) for link in links[sold[number]["Id"]]}
    return World(order, snapshot, plans, options)
