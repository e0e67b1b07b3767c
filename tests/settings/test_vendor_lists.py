"""The vendor's paired lists: what they become, and every way to write them wrong."""

from __future__ import annotations

import pytest

from cpqbridge.settings.mapping import MappingSettings
from cpqbridge.settings.problems import WrongSettings
from cpqbridge.settings.vendor_lists import SLOTS, read_lists

STANDARD = {
    "account": ("notes", "salesRep", "taxInfo/VATId"),
    "subscription": ("invoiceGroupNumber",),
    "subscription_rate_plan_charge": ("price", "billingPeriod"),
    "order_item": ("itemState",),
}


def spelling(pair: str, name: str) -> str:
    known = {one.lower(): one for one in STANDARD.get(pair, ())}
    if name.endswith("__c"):
        return name
    if name.lower() not in known:
        raise ValueError(f"no `{name}`")
    return known[name.lower()]


ACCOUNT = {"notes": "Customer_Notes__c", "taxInfo/VATId": "VAT__c", "Region__c": "Region__c"}
FROM, TO = "Customer_Notes__c,VAT__c,Region__c", "notes,taxInfo/VATId,Region__c"
A, ZA = "accountCustomFields", "zuoraAccountCustomFields"
WRITTEN = {
    "yaml": f"{A}: Customer_Notes__c, VAT__c,Region__c\n{ZA}: notes,taxInfo/VATId , Region__c\n",
    "yaml lists": f"{A}: [{FROM}]\n{ZA}: [{TO}]\n",
    "json": f'{{"{A}": "{FROM}",\n "{ZA}": "{TO}"}}',
    "lines": f"# the account\n{A}={FROM}\n\n{ZA} = {TO}\n",
    "lines in quotes": f"{A}=\"{FROM}\"\n{ZA}='{TO}'\n",
    "other capitals": f"ACCOUNT_CUSTOM_FIELDS: {FROM}\nzuora account customfields: NOTES,taxinfo/vatid,Region__c\n",
    "with empty slots": (
        f'{A}: {FROM}\n{ZA}: {TO}\norderCustomFields: ""\nzuoraOrderCustomFields:\nproductCustomFields: " "\n'
    ),
}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN.keys())
def test_the_lists_of_a_pair(text: str) -> None:
    assert read_lists(text, "vendor", spelling) == {"mapping": {"account": ACCOUNT}}


def test_every_pair_has_its_two_slots() -> None:
    assert set(SLOTS) == set(MappingSettings.model_fields)
    assert SLOTS["account"] == ("accountCustomFields", "zuoraAccountCustomFields")
    assert SLOTS["product_rate_plan_charge"] == (
        "productRatePlanChargeCustomFields",
        "zuoraProductRatePlanChargeCustomFields",
    )
    text = "".join(f"{source}: A__c\n{target}: B__c\n" for source, target in SLOTS.values())
    assert read_lists(text, "vendor", spelling) == {"mapping": {pair: {"B__c": "A__c"} for pair in SLOTS}}


def test_the_special_targets_come_over_in_any_spelling() -> None:
    text = (
        "subscriptionCustomFields: PO_Number__c\nzuoraSubscriptionCustomFields: InvoiceGroupNumber\n"
        "orderItemCustomFields: Zuora_Status__c\nzuoraOrderItemCustomFields: itemstate\n"
        "subscriptionRatePlanChargeCustomFields: Custom_Price__c,SBQQ__BillingFrequency__c\n"
        "zuoraSubscriptionRatePlanChargeCustomFields: Price,BillingPeriod\n"
    )
    assert read_lists(text, "vendor", spelling)["mapping"] == {
        "subscription": {"invoiceGroupNumber": "PO_Number__c"},
        "order_item": {"itemState": "Zuora_Status__c"},
        "subscription_rate_plan_charge": {
            "price": "Custom_Price__c",
            "billingPeriod": "SBQQ__BillingFrequency__c",
        },
    }


HOST, REST = "a.lightning.force.com", "rest.zuora.com"


@pytest.mark.parametrize(
    "text",
    [
        f"Sync opportunity fields: true\nuseListPriceBase: false\nSFDC Host: {HOST}\nzuora REST endpoint: {REST}\n",
        f'{{"syncOpportunityFields": "yes", "useListPriceBase": "no", "SFDC Host": "{HOST}", "environment": "{REST}"}}',
        f"sfdc_order_query_opportunity=TRUE\nuseListPriceBase=off\nSFDC Host={HOST}\nenvironment={REST}\n",
    ],
)
def test_the_vendors_options_are_moved(text: str) -> None:
    assert read_lists(text, "vendor", spelling) == {
        "options": {"sync_opportunity_fields": True, "sfdc_use_list_price_base": False},
        "salesforce": {"login_url": "https://a.my.salesforce.com"},
        "zuora": {"base_url": "https://rest.zuora.com"},
    }


@pytest.mark.parametrize("empty", ['""', "", "~"])
def test_options_left_empty_are_left_out(empty: str) -> None:
    text = f"customer_alert_email: {empty}\nuseListPriceBase: {empty}\nZuora tenant ID: 0012\n"
    assert read_lists(text, "vendor", spelling) == {"zuora": {"tenant_id": "0012"}}


WRONG: dict[str, tuple[str, list[str]]] = {
    "more sources": (
        f"{A}: A__c,B__c,C__c\n{ZA}: A__c\n",
        [f"v:1: `{A}` has 3 entries, but `{ZA}` has 1: no partner for `B__c`, `C__c`"],
    ),
    "more targets": (
        f"{A}: A__c\n{ZA}: A__c,notes\n",
        [f"v:2: `{ZA}` has 2 entries, but `{A}` has 1: no partner for `notes`"],
    ),
    "one list empty": (
        f"{A}: A__c\n{ZA}: \n",
        [f"v:1: `{A}` has 1 entry, but `{ZA}` has 0: no partner for `A__c`"],
    ),
    "no target slot": (f"{A}: A__c\n", [f"v:1: `{A}` has no partner: `{ZA}` is missing"]),
    "no source slot": (f"{ZA}: A__c\n", [f"v:1: `{ZA}` has no partner: `{A}` is missing"]),
    "empty entry": (
        f"{A}: A__c,,C__c\n{ZA}: A__c,B__c,C__c\n",
        [f"v:1: `{A}` has nothing at place 2: two commas, or one too many at the end"],
    ),
    "comma at the end": (
        f"{A}: A__c,B__c\n{ZA}: A__c,B__c,\n",
        [
            f"v:2: `{ZA}` has 3 entries, but `{A}` has 2: no partner for the empty one",
            f"v:2: `{ZA}` has nothing at place 3: two commas, or one too many at the end",
        ],
    ),
    "blank inside a name": (
        f"{A}: Customer Notes\n{ZA}: notes\n",
        [f"v:1: `{A}` has `Customer Notes` at place 1: no API name of a field in Salesforce"],
    ),
    "target that is no name": (
        f"{A}: A__c\n{ZA}: taxInfo.VATId\n",
        [f"v:2: `{ZA}` has `taxInfo.VATId` at place 1: no API name of a field in Zuora"],
    ),
    "target twice": (
        f"{A}: A__c,B__c\n{ZA}: notes,Notes\n",
        [f"v:2: `{ZA}` names `notes` twice, at places 1 and 2"],
    ),
    "custom target twice": (
        f"{A}: A__c,B__c\n{ZA}: X__c,x__c\n",
        [f"v:2: `{ZA}` names `x__c` twice, at places 1 and 2"],
    ),
    "unknown standard target": (
        f"{A}: A__c,B__c\n{ZA}: note,hue\n",
        [
            f"v:2: `{ZA}` at place 2: no `hue`",
            f"v:2: `{ZA}` at place 1: no `note`",
        ],
    ),
    "unknown slot": (
        "acountCustomFields: A__c\n",
        [f"v:1: `acountCustomFields` is no list and no option of the vendor's; did you mean `{A}`?"],
    ),
    "unknown key": (
        "colour: red\n",
        ["v:1: `colour` is no list and no option of the vendor's; lists are such as `accountCustomFields`"],
    ),
    "slot in two spellings": (
        f"{A}: A__c\naccount_custom_fields: B__c\n{ZA}: notes\n",
        [f"v:2: `account_custom_fields` is the same as `{A}` in line 1"],
    ),
    "slot twice in YAML": (
        f"{A}: A__c\n{A}: B__c\n{ZA}: notes\n",
        [f"v:2: `{A}` stands here a second time (first in line 1)"],
    ),
    "slot twice in lines": (
        f"{A}=A__c\n{A}=B__c\n{ZA}=notes\n",
        [f"v:2: `{A}` stands here a second time (first in line 1)"],
    ),
    "line without a value": (
        f"{A}=A__c\n{ZA}\n",
        ["v:2: is no line such as `name=value`", f"v:1: `{A}` has no partner: `{ZA}` is missing"],
    ),
    "list that is no list": (
        f"{A}: {{A__c: notes}}\n{ZA}: notes\n",
        [f"v:1: `{A}` must be fields of Salesforce with commas between them"],
    ),
    "wrong option": (
        "useListPriceBase: maybe\n",
        ["v:1: `options.sfdc_use_list_price_base` must be true or false"],
    ),
    "options that exclude each other": (
        "customer_alert_email: a@b.de\nSubscription_term_in_days: true\n",
        [
            (
                "v:1: `options` has `subscription_term_in_days: true`, which excludes whole-term prices: "
                "set `sfdc_use_list_price_base: false` too"
            )
        ],
    ),
    "option in two spellings": (
        "useListPriceBase: true\nsfdc_use_list_price_base: true\n",
        ["v:1: `options.useListPriceBase` is the same as `options.sfdc_use_list_price_base`, which is there too"],
    ),
    "wrong host": (
        "zuora REST endpoint: https://rest.zuora.com/v1\n",
        ["v:1: `zuora.base_url` must be an address such as https://rest.zuora.com, without a path"],
    ),
    "nothing at all": ("", [f"`v` holds no list and no option; lists are such as `{A}` and `{ZA}`"]),
    "no keys": ("- a\n", ["v:1: the file must be keys with values, such as `salesforce:`"]),
    "no YAML": ("a: [\n", ["v:2: is not YAML: expected the node content, but found '<stream end>'"]),
    "all at once": (
        f"{A}: A__c,B d\n{ZA}: notes\norderCustomFields: X__c\nfoo: 1\n",
        [
            f"v:1: `{A}` has 2 entries, but `{ZA}` has 1: no partner for `B d`",
            f"v:1: `{A}` has `B d` at place 2: no API name of a field in Salesforce",
            "v:3: `orderCustomFields` has no partner: `zuoraOrderCustomFields` is missing",
            "v:4: `foo` is no list and no option of the vendor's; lists are such as `accountCustomFields`",
        ],
    ),
}


@pytest.mark.parametrize(("text", "said"), WRONG.values(), ids=WRONG.keys())
def test_wrong_lists(text: str, said: list[str]) -> None:
    with pytest.raises(WrongSettings) as refused:
        read_lists(text, "v", spelling)
    assert sorted(refused.value.message.splitlines()) == sorted(said)
