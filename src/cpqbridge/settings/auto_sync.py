"""What the service carries over by itself."""

from __future__ import annotations

from cpqbridge.settings.section import Section


class AutoSyncSettings(Section):
    """What the service looks for in Salesforce, and how often."""

    enabled: bool = True
    """Look for changes in Salesforce while the service runs."""
