"""Plans the link of a rate plan in Zuora to what Salesforce sold: the id that the rate plan carries.

Source: API description "Update", RatePlan; the vendor has people write it by hand.
"""

from __future__ import annotations

from cpqbridge.mapping.rule import Lineage
from cpqbridge.planning.plan import Operation

UPDATE = "/v1/action/update"


def link_operation(rate_plan: str, external_id: str, *, usage: bool) -> Operation:
    """Return the write of an id on a rate plan of a subscription's latest version.

    Args:
        rate_plan: The rate plan's Zuora id.
        external_id: Id of the order product, or of its consumption schedule.
        usage: Whether it is that of a consumption schedule.
    """
    body = {"objects": [{"Id": rate_plan, "ExternallyManagedPlanId": external_id}], "type": "RatePlan"}
    source = "OrderItemConsumptionSchedule.Id" if usage else "OrderItem.Id"
    lineage = Lineage("", "/objects/0/ExternallyManagedPlanId", source, "Externally Managed Plan Id", external_id)
    return Operation("link_rate_plan", f"rate_plan:{external_id}", "POST", UPDATE, body, (lineage,))
