"""The tenant's billing: what falls due, bill runs, invoices and credit memos."""
