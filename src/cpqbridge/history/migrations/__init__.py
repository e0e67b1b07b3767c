"""The versions of the ledger's tables, oldest first. A new one adds its module and its row here."""

REVISIONS = ("0001", "0002", "0003")
"""Every revision that this cpqbridge knows; a test holds them to the modules in `versions`."""

HEAD = REVISIONS[-1]
