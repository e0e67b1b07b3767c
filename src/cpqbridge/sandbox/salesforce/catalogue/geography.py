"""Countries and states of the state and country picklists.

An administrator chooses which ones an org has. This org has the larger trading countries, the states that every new org
has for the United States, Canada and Australia, and a few regions that the demo's customers are in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


def _table(text: str) -> dict[str, str]:
    """Read `code name; code name`."""
    pairs = (entry.split(maxsplit=1) for entry in text.split(";"))
    return {code: " ".join(name.split()) for code, name in pairs}


COUNTRIES: Final[Mapping[str, str]] = _table("""
AR Argentina; AT Austria; AU Australia; BE Belgium; BG Bulgaria; BR Brazil; CA Canada; CH Switzerland; CL Chile;
CN China; CO Colombia; CZ Czech Republic; DE Germany; DK Denmark; EE Estonia; EG Egypt; ES Spain; FI Finland; FR France;
GB United Kingdom; GR Greece; HR Croatia; HU Hungary; ID Indonesia; IE Ireland; IL Israel; IN India; IT Italy; JP Japan;
KR Korea, Republic of; LT Lithuania; LU Luxembourg; LV Latvia; MA Morocco; MT Malta; MX Mexico; MY Malaysia; NG Nigeria;
NL Netherlands; NO Norway; NZ New Zealand; PE Peru; PH Philippines; PL Poland; PT Portugal; RO Romania; SA Saudi Arabia;
SE Sweden; SG Singapore; SI Slovenia; SK Slovakia; TH Thailand; TR Turkey; TW Taiwan; UA Ukraine;
AE United Arab Emirates; US United States; VN Vietnam; ZA South Africa
""")
"""Name by ISO 3166 code."""

STATES: Final[Mapping[str, Mapping[str, str]]] = {
    "US": _table("""
AL Alabama; AK Alaska; AZ Arizona; AR Arkansas; CA California; CO Colorado; CT Connecticut; DE Delaware;
DC District of Columbia; FL Florida; GA Georgia; HI Hawaii; ID Idaho; IL Illinois; IN Indiana; IA Iowa; KS Kansas;
KY Kentucky; LA Louisiana; ME Maine; MD Maryland; MA Massachusetts; MI Michigan; MN Minnesota; MS Mississippi;
MO Missouri; MT Montana; NE Nebraska; NV Nevada; NH New Hampshire; NJ New Jersey; NM New Mexico; NY New York;
NC North Carolina; ND North Dakota; OH Ohio; OK Oklahoma; OR Oregon; PA Pennsylvania; RI Rhode Island;
SC South Carolina; SD South Dakota; TN Tennessee; TX Texas; UT Utah; VT Vermont; VA Virginia; WA Washington;
WV West Virginia; WI Wisconsin; WY Wyoming
"""),
    "CA": _table("""
AB Alberta; BC British Columbia; MB Manitoba; NB New Brunswick; NL Newfoundland and Labrador; NS Nova Scotia;
NT Northwest Territories; NU Nunavut; ON Ontario; PE Prince Edward Island; QC Quebec; SK Saskatchewan;
YT Yukon Territories
"""),
    "AU": _table("""
ACT Australian Capital Territory; NSW New South Wales; NT Northern Territory; QLD Queensland; SA South Australia;
TAS Tasmania; VIC Victoria; WA Western Australia
"""),
    "DE": _table("BY Bayern; BE Berlin; HE Hessen; HH Hamburg; NW Nordrhein-Westfalen"),
    "FR": _table("ARA Auvergne-Rhône-Alpes; IDF Île-de-France"),
    "GB": _table("ENG England; NIR Northern Ireland; SCT Scotland; WLS Wales"),
    "JP": _table("13 Tokyo; 14 Kanagawa; 27 Osaka"),
}
"""Name by code, by country code. A country that is not here has no states."""


def code_of(names: Mapping[str, str], name: str) -> str | None:
    """Return the code of a name in any case, or None."""
    wanted = name.casefold()
    return next((code for code, known in names.items() if known.casefold() == wanted), None)
