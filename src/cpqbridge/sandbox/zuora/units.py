"""Units of measure: what ZOQL's ``UnitOfMeasure`` holds, made from the settings, and the steps of quantities."""

from __future__ import annotations

import uuid
from decimal import Decimal

from cpqbridge.sandbox.zuora.fields import Rule, rule, text
from cpqbridge.sandbox.zuora.settings import TenantSettings
from cpqbridge.sandbox.zuora.store import Row

KIND = "unitOfMeasure"

#: Fields that a unit is made of, under their SOAP names.
TABLE: dict[str, Rule] = {
    "UomName": text(50, required=True),
    "DecimalPlaces": rule("int", required=True, minimum=0, maximum=9),
    "DisplayedAs": text(50),
    "RoundingMode": rule("str", enum=("Up", "Down")),
    "Active": rule("bool"),
}

#: Decimal places that a price may have.
MAX_DECIMALS = 9

_CREATED = "2020-01-01T00:00:00+00:00"


def rows(settings: TenantSettings, user_id: str) -> list[Row]:
    """The tenant's units in the order of the settings; a unit's id follows from its name."""
    return [
        {
            "id": "8a" + uuid.uuid5(uuid.NAMESPACE_OID, name).hex[2:],
            "uomName": name,
            "displayedAs": name,
            "decimalPlaces": places,
            "roundingMode": "Up",
            "active": True,
            "createdDate": _CREATED,
            "updatedDate": _CREATED,
            "createdById": user_id,
            "updatedById": user_id,
        }
        for name, places in settings.units_of_measure.items()
    ]


def step(settings: TenantSettings, unit: str | None) -> Decimal:
    """The smallest amount of a unit: 1 without decimal places, 0.01 with two; 1 for a unit that is not there."""
    return Decimal(1).scaleb(-settings.units_of_measure.get(unit or "", 0))


def fits(quantity: Decimal | int, smallest: Decimal) -> bool:
    """Whether a quantity has no more decimals than its unit's smallest amount."""
    return Decimal(quantity) % smallest == 0


def decimals(value: Decimal | int) -> int:
    """How many decimals a number has, trailing zeros not counted."""
    exponent = Decimal(value).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
