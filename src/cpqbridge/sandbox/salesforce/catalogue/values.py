"""Picklist values that several objects share; `|` separates them.

Source: the package's field descriptions. The value sets of `ContractAction` and `PaymentTerm` beyond the documented
ones are customer-defined in practice.
"""

from __future__ import annotations

from typing import Final

BILLING_FREQUENCIES: Final = "Monthly|Quarterly|Semiannual|Annual|Invoice Plan"
BILLING_TYPES: Final = "Advance|Arrears"
CHARGE_TYPES: Final = "One-Time|Recurring|Usage"
PRICING_METHODS: Final = "List|Cost|Block|Percent Of Total"
SOLD_PRICING_METHODS: Final = PRICING_METHODS + "|Custom"
SUBSCRIPTION_PRICING: Final = "Fixed Price|Percent Of Total"
PRODUCT_SUBSCRIPTION_TYPES: Final = "Renewable|One-time|Renewable/Evergreen|Evergreen"
SUBSCRIPTION_TYPES: Final = "Renewable|One-time|Evergreen"
PAYMENT_TERMS: Final = "Due on Receipt|Net 15|Net 30|Net 45|Net 60|Net 90"
CONTRACT_ACTIONS: Final = "New|Amend|Renew|Cancel"
CONTRACTING_METHODS: Final = "Inherit|Contract Separately|Do Not Contract"
CO_TERMINATION: Final = "Never|Always|Prompt"
DIMENSIONS: Final = "One-time|Year|Quarter|Month|Custom"
TERM_BASES: Final = "Month|Day"
UNITS: Final = "Each|GB|Hour|User"
CONSUMPTION_TYPES: Final = "Range|Slab"
CONSUMPTION_UNITS: Final = "Month|Quarter|Year"
RATE_PRICING: Final = "PerUnit|FlatFee"
CURRENCIES: Final = "USD|EUR|GBP|JPY|CAD|CHF|AUD"
