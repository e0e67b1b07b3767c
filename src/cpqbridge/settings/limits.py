"""How much of both systems' limits cpqbridge may use."""

from __future__ import annotations

from cpqbridge.settings.section import Section


class LimitSettings(Section):
    """Shares and budgets of both systems' limits; the rest is left to others."""
