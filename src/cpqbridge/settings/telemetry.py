"""Logs, metrics and traces."""

from __future__ import annotations

from cpqbridge.settings.section import Section


class TelemetrySettings(Section):
    """Where the service tells how it is."""
