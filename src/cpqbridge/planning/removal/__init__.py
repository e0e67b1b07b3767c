"""What becomes in Zuora of an order that Salesforce has no more, or not as sold any more. Pure."""

from cpqbridge.planning.removal.afterwards import afterwards
from cpqbridge.planning.removal.plan import plan_removal
from cpqbridge.planning.removal.taken import Later, Removal, RemovalPlan, taken_back

__all__ = ["Later", "Removal", "RemovalPlan", "afterwards", "plan_removal", "taken_back"]
