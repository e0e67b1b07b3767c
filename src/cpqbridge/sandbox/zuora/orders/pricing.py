"""Price overrides: which key fits which charge, and the row fields and tiers that come out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cpqbridge.sandbox.zuora.object_query.spelling import stored
from cpqbridge.sandbox.zuora.orders.reasons import broken, invalid, missing, off
from cpqbridge.sandbox.zuora.orders.tiers import Tier, catalog_tiers, checked_tiers
from cpqbridge.sandbox.zuora.settings import TenantSettings
from cpqbridge.sandbox.zuora.store import Row, Store
from cpqbridge.sandbox.zuora.units import step

Body = dict[str, Any]

_DISCOUNTS = frozenset({"DiscountFixedAmount", "DiscountPercentage"})
_CONFIGURED = frozenset(
    {"MultiAttributePricing", "PreratedPerUnit", "PreratedPricing", "HighWatermarkVolumePricing"}
    | {"HighWatermarkTieredPricing"}
)

#: Pricing key -> charge type (None: any) and the charge models it fits.
KEYS: dict[str, tuple[str | None, frozenset[str]]] = {
    "oneTimeFlatFee": ("OneTime", frozenset({"FlatFee"})),
    "oneTimePerUnit": ("OneTime", frozenset({"PerUnit"})),
    "oneTimeTiered": ("OneTime", frozenset({"Tiered"})),
    "oneTimeVolume": ("OneTime", frozenset({"Volume"})),
    "recurringFlatFee": ("Recurring", frozenset({"FlatFee"})),
    "recurringPerUnit": ("Recurring", frozenset({"PerUnit"})),
    "recurringTiered": ("Recurring", frozenset({"Tiered"})),
    "recurringVolume": ("Recurring", frozenset({"Volume"})),
    "recurringDelivery": ("Recurring", frozenset({"Delivery"})),
    "recurringDeliveryBased": ("Recurring", frozenset({"Delivery"})),
    "recurringCalculated": ("Recurring", frozenset({"Calculated"})),
    "usageFlatFee": ("Usage", frozenset({"FlatFee"})),
    "usagePerUnit": ("Usage", frozenset({"PerUnit"})),
    "usageTiered": ("Usage", frozenset({"Tiered"})),
    "usageVolume": ("Usage", frozenset({"Volume"})),
    "usageOverage": ("Usage", frozenset({"Overage"})),
    "usageTieredWithOverage": ("Usage", frozenset({"TieredWithOverage"})),
    "discount": (None, _DISCOUNTS),
    "chargeModelData": (None, _CONFIGURED),
}

#: Keys whose charge models this tenant does not have.
_OFF = {"recurringDelivery", "recurringDeliveryBased", "recurringCalculated", "chargeModelData"}

_WITH_QUANTITY = {"PerUnit", "Tiered", "Volume"}

#: Request field -> row field, copied when given.
_COPIED = {
    "uom": "uOM",
    "priceChangeOption": "priceChangeOption",
    "priceIncreasePercentage": "priceIncreasePercentage",
    "originalListPrice": "originalListPrice",
    "listPriceBase": "listPriceBase",
    "specificListPriceBase": "specificListPriceBase",
    "ratingGroup": "ratingGroup",
    "numberOfPeriods": "numberOfPeriods",
    "overageUnusedUnitsCreditOption": "overageUnusedUnitsCreditOption",
    "applyDiscountTo": "applyDiscountTo",
    "discountLevel": "discountLevel",
    "applyToBillingPeriodPartially": "applyToBillingPeriodPartially",
}


@dataclass(slots=True)
class Pricing:
    """Row fields of the charge, and its tiers (one without bounds for flat and per-unit prices)."""

    fields: Row = field(default_factory=dict)
    tiers: list[Tier] = field(default_factory=list)


def price(store: Store, settings: TenantSettings, charge: Row, currency: str, pricing: Body | None) -> Pricing:
    """The price of a subscription charge: the catalog's, with the override's changes.

    Args:
        store: Holds the catalog.
        settings: Features and units of the tenant.
        charge: The product rate plan charge.
        currency: Currency of the subscription.
        pricing: ``pricing`` of the override, checked against its table; None keeps the catalog's price.

    Raises:
        Refusal: The override does not fit the charge, or the charge has no price in the currency.
    """
    tiers = catalog_tiers(store, charge, currency)
    if not tiers:
        raise broken(f"The charge '{charge['name']}' is not active in currency {currency}.")
    return _priced(settings, charge, currency, tiers, pricing)


def reprice(settings: TenantSettings, catalog: Row, segment: Row, tiers: list[Tier], pricing: Body | None) -> Pricing:
    """The price of a segment that follows another one: the other's, with the update's changes.

    Args:
        settings: Features and units of the tenant.
        catalog: The product rate plan charge, for the limits of its quantity.
        segment: Row of the segment before.
        tiers: Its tiers, without ids.
        pricing: ``pricing`` of the update, checked against its table; None keeps the price.

    Raises:
        Refusal: The update does not fit the charge.
    """
    charge = catalog | segment | {"defaultQuantity": segment.get("quantity")}
    return _priced(settings, charge, tiers[0]["currency"], tiers, pricing)


def _priced(settings: TenantSettings, charge: Row, currency: str, tiers: list[Tier], pricing: Body | None) -> Pricing:
    model = stored("chargeModel", charge["chargeModel"]) or ""
    result = Pricing(tiers=tiers)
    override = {} if pricing is None else _fitting(charge, model, pricing)
    _check_base(settings, charge, override)
    _check_increase(charge, override)
    result.fields = {row_name: override[name] for name, row_name in _COPIED.items() if override.get(name) is not None}
    if override.get("uom") and override["uom"] not in settings.units_of_measure:
        raise invalid(f"The unit of measure '{override['uom']}' does not exist.")
    if model in _WITH_QUANTITY and charge["chargeType"] != "Usage":
        result.fields["quantity"] = _quantity(charge, override)
    result.tiers = _tiers(settings, charge, override, result.tiers, currency)
    return result


def _fitting(charge: Row, model: str, pricing: Body) -> Body:
    keys = [key for key, value in pricing.items() if value is not None]
    if len(keys) != 1:
        raise invalid(f"pricing of charge '{charge['name']}' must hold exactly one charge model, it holds {len(keys)}.")
    kind, models = KEYS[keys[0]]
    if model not in models or kind not in {None, charge["chargeType"]}:
        found = f"{charge['chargeType']} {model}"
        raise invalid(f"pricing.{keys[0]} does not fit the charge '{charge['name']}', which is {found}.")
    if keys[0] in _OFF:
        raise off(f"The charge model of pricing.{keys[0]} is not enabled for this tenant.")
    override: Body = pricing[keys[0]]
    return override


def _check_base(settings: TenantSettings, charge: Row, override: Body) -> None:
    base, months = override.get("listPriceBase"), override.get("specificListPriceBase")
    if base == "Per_Validity_Period":
        raise off("listPriceBase Per_Validity_Period needs a feature that is not enabled.")
    if base == "Per_Specific_Months":
        if not settings.specific_months_list_price:
            raise off("listPriceBase Per_Specific_Months needs a feature that is not enabled.")
        if months is None:
            raise missing(f"specificListPriceBase is required for Per_Specific_Months, charge '{charge['name']}'.")
        if not 1 <= months <= 120:
            raise invalid("specificListPriceBase must be between 1 and 120.")
    elif months is not None:
        raise invalid("specificListPriceBase is only allowed with listPriceBase Per_Specific_Months.")


def _check_increase(charge: Row, override: Body) -> None:
    percentage = override.get("priceIncreasePercentage", charge.get("priceIncreasePercentage"))
    if override.get("priceChangeOption") == "SpecificPercentageValue" and percentage is None:
        raise missing("priceIncreasePercentage is required when priceChangeOption is SpecificPercentageValue.")
    if percentage is not None and not -100 <= percentage <= 100:
        raise invalid("priceIncreasePercentage must be between -100 and 100.")
    if (override.get("discountPercentage") or 0) > 100:
        raise invalid("discount.discountPercentage must not be greater than 100.")


def _quantity(charge: Row, override: Body) -> Decimal:
    chosen = override.get("quantity")
    if chosen is None:
        chosen = charge.get("defaultQuantity")
    quantity = Decimal(1 if chosen is None else chosen)
    if quantity < 0:
        raise invalid(f"The quantity of charge '{charge['name']}' must not be negative.")
    for name, wrong in (("minQuantity", quantity.__lt__), ("maxQuantity", quantity.__gt__)):
        if charge.get(name) is not None and wrong(Decimal(charge[name])):
            raise broken(f"The quantity {quantity} of charge '{charge['name']}' is beyond its {name} {charge[name]}.")
    return quantity


def _tiers(settings: TenantSettings, charge: Row, override: Body, tiers: list[Tier], currency: str) -> list[Tier]:
    if override.get("tiers"):
        if charge["chargeType"] != "Usage" and any("cap" in tier for tier in override["tiers"]):
            raise invalid(f"The charge '{charge['name']}' is no usage charge: its tiers cannot have a cap.")
        return checked_tiers(override["tiers"], currency, step(settings, override.get("uom") or charge.get("uOM")))
    changes = {
        row_name: override[name]
        for name, row_name in (
            ("listPrice", "price"),
            ("overagePrice", "overagePrice"),
            ("includedUnits", "includedUnits"),
            ("discountAmount", "discountAmount"),
            ("discountPercentage", "discountPercentage"),
        )
        if override.get(name) is not None
    }
    return [{**tiers[0], **changes}, *tiers[1:]]
