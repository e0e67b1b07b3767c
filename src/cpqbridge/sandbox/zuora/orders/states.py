"""The states of an order by its status."""

#: Order status -> order state.
STATES = {
    "Draft": "Draft",
    "Scheduled": "Draft",
    "Pending": "Executing",
    "Completed": "Complete",
    "Cancelled": "Canceled",
    "Reverted": "Complete",
}
