"""Makes the JSON Schemas of Zuora's API from the official SDK's models (used by `tests.zuora_schema`).

Importing the SDK takes ten seconds, so the result is kept in a file. Run as a script with the file's path.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

#: Calls that the product makes or that the sandbox answers.
WANTED = re.compile(
    r"/v1/(accounts/\{account-key\}|accounts$|contacts|orders|ramps/\{rampNumber\}$|async|order-line-items|orderActions|subscriptions|catalog/"
    r"|product-rate-plans|rateplan|object/product|action/)|/oauth/token"
    r"|/object-query/(accounts|contacts|order|subscriptions|rate-plan|product)"
)

#: Fields typed as plain text in the SDK whose values its Enum classes list: (models, field, Enum class).
ENUMS = (
    (r"(Create|Preview)Order\w*Action|OrderAction", "type", "OrderActionType"),
    (r"TriggerDate", "name", "TriggerDateName"),
    (r"InitialTerm|LastTerm", "termType", "TermType"),
    (r"InitialTerm|LastTerm|RenewalTerm", "periodType", "TermPeriodType"),
    (r"\w*(Terms|TermsAndConditions)", "renewalSetting", "RenewalSetting"),
    (r"ChargeOverrideBilling", "billCycleType", "BillCycleType"),
    (r"ChargeOverrideBilling", "billingPeriod", "BillingPeriod"),
    (r"ChargeOverrideBilling|BillingUpdate", "billingPeriodAlignment", "BillingPeriodAlignment"),
    (r"ChargeOverrideBilling", "billingTiming", "BillingTiming"),
    (r"\w+PricingOverride|\w+PricingUpdate", "listPriceBase", "ChargeListPriceBase"),
    (r"ChargeTier", "priceFormat", "PriceFormat"),
    (r"TriggerParams", "triggerEvent", "TriggerEvent"),
    (r"EndConditions", "endDateCondition", "EndDateCondition"),
    (r"EndConditions", "upToPeriodsType", "UpToPeriodsType"),
    (r"ChargeOverride", "prorationOption", "ProrationOption"),
    (r"\w*CancelSubscription", "cancellationPolicy", "SubscriptionCancellationPolicy"),
    (r"CreateOrderSuspend", "suspendPolicy", "SuspendPolicy"),
    (r"CreateOrderResume", "resumePolicy", "ResumePolicy"),
    (r"CreateOrderOrderLineItem|UpdateOrderLineItemRequest", "itemType", "OrderLineItemType"),
    (r"CreateOrderOrderLineItem|UpdateOrderLineItemRequest", "itemState", "OrderLineItemState"),
    (r"CreateOrderOrderLineItem|UpdateOrderLineItemRequest", "inlineDiscountType", "OrderLineItemInlineDiscountType"),
    (r"\w*OrderLineItem", "taxMode", "TaxMode"),
    (r"Order|ExpandedOrders|CreateOrderResponse", "status", "OrderStatus"),
    (r"AccountBasicInfo|ExpandedAccount|AccountSummaryBasicInfo", "status", "AccountStatus"),
    (r"GetSubscription\w*|ExpandedSubscription|AccountSummarySubscription", "status", "SubscriptionStatus"),
    (r"PreviewOptions", "previewThruType", "PreviewOptionsPreviewThruType"),
    (r"(Create|Update)ProductRatePlanChargeRequest", "ChargeModel", "ChargeModelProductRatePlanChargeRest"),
    (r"(Create|Update)ProductRatePlanChargeRequest", "ChargeType", "ChargeType"),
    (r"(Create|Update)ProductRatePlanChargeRequest", "BillCycleType", "BillCycleType"),
    (r"(Create|Update)ProductRatePlanChargeRequest", "BillingPeriod", "BillingPeriodProductRatePlanChargeRest"),
    (r"(Create|Update)ProductRatePlanChargeRequest", "ListPriceBase", "ListPriceBase"),
    (r"(Create|Update)ProductRatePlanChargeRequest", "TriggerEvent", "TriggerEventProductRatePlanChargeRest"),
    (r"(Create|Update)ProductRatePlanChargeRequest", "TaxMode", "TaxMode"),
)

_CUSTOM = {"__(c|NS|QT)$": {}}

#: Values that the SDK's Enum classes lack: Zuora's documentation of order statuses and of reverted orders has this one.
MORE_VALUES = {"OrderStatus": ["Reverted"]}

#: Models whose other fields are those of the object that a call names.
OPEN = {"ZObject", "ZObjectUpdate"}


def operations(api_folder: Path) -> list[dict[str, Any]]:
    """Method, path, request model and response model of every wanted call, read from the SDK's source."""
    found = []
    for source in sorted(api_folder.glob("*_api.py")):
        text = source.read_text()
        for match in re.finditer(r"    def _(\w+)_serialize\(", text):
            end = text.find("\n    @validate_call", match.start())
            private = text[match.start() : end if end > 0 else len(text)]
            public = text[text.index(f"    def {match.group(1)}(\n") : match.start()]
            found.append(_operation(private, public))
    return [item for item in found if WANTED.match(item["path"])]


def _operation(private: str, public: str) -> dict[str, Any]:
    body = re.search(r"_body_params = (\w+)\n", private)
    request = re.search(rf"\n        {body.group(1)}: (?:Optional\[)?(\w+)", public) if body else None
    response = re.search(r"'20[0-3]': \"([^\"]+)\"", public)
    return {
        "method": _group(re.search(r"method='(\w+)'", private)),
        "path": _group(re.search(r"resource_path='([^']+)'", private)),
        "request": _group(request),
        "response": _group(response),
    }


def _group(match: re.Match[str] | None) -> str | None:
    return match.group(1) if match else None


def build() -> dict[str, Any]:
    """All operations, and the schemas of their models with everything that they refer to."""
    import zuora_sdk
    from pydantic.json_schema import models_json_schema

    calls = operations(Path(zuora_sdk.__file__).parent / "api")
    names = {name for call in calls for name in (call["request"], call["response"]) if name}
    models = [getattr(zuora_sdk, re.sub(r"^List\[(\w+)\]$", r"\1", name)) for name in names if name != "str"]
    _, document = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/$defs/{model}", by_alias=True
    )
    schemas = document["$defs"]
    for name, schema in schemas.items():
        _tighten(name, schema)
    _add_enums(schemas, zuora_sdk)
    _relax_one_time_charges(schemas["CreateProductRatePlanChargeRequest"])
    return {"operations": calls, "$defs": schemas}


def _tighten(name: str, schema: dict[str, Any]) -> None:
    """Forbid unknown fields, except custom ones; take reason codes as numbers too."""
    for inner in (schema, *schema.get("properties", {}).values()):
        inner.pop("description", None)
        inner.pop("title", None)
    properties = schema.get("properties")
    if properties is None:
        return
    if "actual_instance" in properties:
        union = properties["actual_instance"]["anyOf"]
        schema.clear()
        schema["anyOf"] = [choice for choice in union if "$ref" in choice]
        return
    properties.pop("additional_properties", None)
    schema["additionalProperties"] = name in OPEN
    schema["patternProperties"] = _CUSTOM
    if name in {"FailedReason", "CommonErrorResponseReasonsInner"} and "code" in properties:
        properties["code"] = {"type": ["integer", "string"]}


def _relax_one_time_charges(schema: dict[str, Any]) -> None:
    """The SDK marks BillingPeriod required for every charge; the portal says that one-time charges have none."""
    schema["required"].remove("BillingPeriod")
    schema["anyOf"] = [{"required": ["BillingPeriod"]}, {"properties": {"ChargeType": {"const": "OneTime"}}}]


def _add_enums(schemas: dict[str, Any], sdk: Any) -> None:
    for models, field, enum in ENUMS:
        values = [*(item.value for item in getattr(sdk, enum)), *MORE_VALUES.get(enum, ())]
        used = [name for name in schemas if re.fullmatch(models, name) and field in schemas[name].get("properties", {})]
        if not used:
            raise LookupError(f"no model {models} has a field {field}")
        for name in used:
            schemas[name]["properties"][field] = {"enum": [*values, None]}


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(f".{id(target)}.partial")
    partial.write_text(json.dumps(build()))
    partial.replace(target)
