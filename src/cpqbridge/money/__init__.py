"""Pure money rules in `Decimal`: what CPQ sold and what Zuora holds."""
