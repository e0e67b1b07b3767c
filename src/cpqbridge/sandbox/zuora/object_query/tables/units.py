"""The fields of units of measure; only ZOQL and describe know them, Object Query does not."""

from __future__ import annotations

from cpqbridge.sandbox.zuora.object_query.entity import Entity, typed

UNIT_OF_MEASURE = Entity(
    kind="unitOfMeasure",
    name="UnitOfMeasure",
    path=None,
    fields=typed(
        text="createdById displayedAs id roundingMode uomName updatedById",
        int="decimalPlaces",
        bool="active",
        datetime="createdDate updatedDate",
    ),
)
