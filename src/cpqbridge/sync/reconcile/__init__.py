"""Use case: what CPQ sold against what Zuora bills, line by line, with the cause of every difference.

Before an order is sent, what it would bill is worked out and asked of Zuora's preview. Afterwards each chain of its
order products is compared whole: invoices and credit memos, and a preview of what is still to be billed.
"""
