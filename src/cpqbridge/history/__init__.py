"""The ledger: every run, record and operation, written before and after it happens."""
