"""What Zuora bills for a charge, exactly: billing periods, proration, price models, credits, discounts and usage.

All of it is pure. Days on which something ends are the first days without it. Amounts are exact (`Fraction`) until the
one rounding of an invoice item.
"""
