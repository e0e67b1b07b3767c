"""Use case: write the outcome back onto the Salesforce order and account.

    run ──► told (pure) ──► outbox (PostgreSQL) ──► writer ──► 200 records a call ──► Salesforce

It comes after the sync and apart from it: nothing here changes an outcome. What cannot be written now stays in the
outbox.
"""

from __future__ import annotations

from cpqbridge.settings.settings import Settings


def written_fields(settings: Settings) -> dict[str, frozenset[str]]:
    """Return the fields that are written back, by object: a change of them alone changes nothing.

    They are named also while `write_back.enabled` is off: the fields may be there from before.
    """
    return {sobject: frozenset(names.values()) for sobject, names in settings.write_back.fields().items()}
