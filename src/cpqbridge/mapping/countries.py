"""The countries that Zuora knows, and the names under which Salesforce users write them.

Zuora takes a country's name or its ISO 3166 code of two or three letters, and, for the United States and Canada, a
state's or province's name or code. An unknown name is refused here with the nearest known one, before anything is sent.
"""

from __future__ import annotations

import difflib

_TABLE = """
AF AFG Afghanistan|AX ALA Aland Islands|AL ALB Albania|DZ DZA Algeria|AS ASM American Samoa|AD AND Andorra|AO AGO Angola
AI AIA Anguilla|AQ ATA Antarctica|AG ATG Antigua And Barbuda|AR ARG Argentina|AM ARM Armenia|AW ABW Aruba|AU AUS Australia
AT AUT Austria|AZ AZE Azerbaijan|BS BHS Bahamas|BH BHR Bahrain|BD BGD Bangladesh|BB BRB Barbados|BY BLR Belarus
BE BEL Belgium|BZ BLZ Belize|BJ BEN Benin|BM BMU Bermuda|BT BTN Bhutan|BO BOL Bolivia|BQ BES Bonaire, Saint Eustatius and Saba
BA BIH Bosnia and Herzegovina|BW BWA Botswana|BV BVT Bouvet Island|BR BRA Brazil|IO IOT British Indian Ocean Territory
BN BRN Brunei Darussalam|BG BGR Bulgaria|BF BFA Burkina Faso|BI BDI Burundi|KH KHM Cambodia|CM CMR Cameroon|CA CAN Canada
CV CPV Cape Verde|KY CYM Cayman Islands|CF CAF Central African Republic|TD TCD Chad|CL CHL Chile|CN CHN China
CX CXR Christmas Island|CC CCK Cocos (Keeling) Islands|CO COL Colombia|KM COM Comoros|CG COG Congo
CD COD Congo, the Democratic Republic of the|CK COK Cook Islands|CR CRI Costa Rica|CI CIV Cote d'Ivoire|HR HRV Croatia|CU CUB Cuba
CW CUW Curacao|CY CYP Cyprus|CZ CZE Czech Republic|DK DNK Denmark|DJ DJI Djibouti|DM DMA Dominica|DO DOM Dominican Republic
EC ECU Ecuador|EG EGY Egypt|SV SLV El Salvador|GQ GNQ Equatorial Guinea|ER ERI Eritrea|EE EST Estonia|ET ETH Ethiopia
FK FLK Falkland Islands (Malvinas)|FO FRO Faroe Islands|FJ FJI Fiji|FI FIN Finland|FR FRA France|GF GUF French Guiana
PF PYF French Polynesia|TF ATF French Southern Territories|GA GAB Gabon|GM GMB Gambia|GE GEO Georgia|DE DEU Germany|GH GHA Ghana
GI GIB Gibraltar|GR GRC Greece|GL GRL Greenland|GD GRD Grenada|GP GLP Guadeloupe|GU GUM Guam|GT GTM Guatemala|GG GGY Guernsey
GN GIN Guinea|GW GNB Guinea-Bissau|GY GUY Guyana|HT HTI Haiti|HM HMD Heard Island and McDonald Islands|VA VAT Holy See (Vatican City State)
HN HND Honduras|HK HKG Hong Kong|HU HUN Hungary|IS ISL Iceland|IN IND India|ID IDN Indonesia|IR IRN Iran, Islamic Republic of
IQ IRQ Iraq|IE IRL Ireland|IM IMN Isle of Man|IL ISR Israel|IT ITA Italy|JM JAM Jamaica|JP JPN Japan|JE JEY Jersey|JO JOR Jordan
KZ KAZ Kazakhstan|KE KEN Kenya|KI KIR Kiribati|KP PRK Korea, Democratic People's Republic of|KR KOR Korea, Republic of|KW KWT Kuwait
KG KGZ Kyrgyzstan|LA LAO Lao People's Democratic Republic|LV LVA Latvia|LB LBN Lebanon|LS LSO Lesotho|LR LBR Liberia
LY LBY Libyan Arab Jamahiriya|LI LIE Liechtenstein|LT LTU Lithuania|LU LUX Luxembourg|MO MAC Macao
MK MKD Macedonia, the former Yugoslav Republic of|MG MDG Madagascar|MW MWI Malawi|MY MYS Malaysia|MV MDV Maldives|ML MLI Mali
MT MLT Malta|MH MHL Marshall Islands|MQ MTQ Martinique|MR MRT Mauritania|MU MUS Mauritius|YT MYT Mayotte|MX MEX Mexico
FM FSM Micronesia, Federated States of|MD MDA Moldova, Republic of|MC MCO Monaco|MN MNG Mongolia|ME MNE Montenegro|MS MSR Montserrat
MA MAR Morocco|MZ MOZ Mozambique|MM MMR Myanmar|NA NAM Namibia|NR NRU Nauru|NP NPL Nepal|NL NLD Netherlands|NC NCL New Caledonia
NZ NZL New Zealand|NI NIC Nicaragua|NE NER Niger|NG NGA Nigeria|NU NIU Niue|NF NFK Norfolk Island|MP MNP Northern Mariana Islands
NO NOR Norway|OM OMN Oman|PK PAK Pakistan|PW PLW Palau|PS PSE Palestinian Territory, Occupied|PA PAN Panama|PG PNG Papua New Guinea
PY PRY Paraguay|PE PER Peru|PH PHL Philippines|PN PCN Pitcairn|PL POL Poland|PT PRT Portugal|PR PRI Puerto Rico|QA QAT Qatar
RE REU Reunion|RO ROU Romania|RU RUS Russian Federation|RW RWA Rwanda|BL BLM Saint Barthelemy|SH SHN Saint Helena
KN KNA Saint Kitts and Nevis|LC LCA Saint Lucia|MF MAF Saint Martin (French part)|PM SPM Saint Pierre and Miquelon
VC VCT Saint Vincent and the Grenadines|WS WSM Samoa|SM SMR San Marino|ST STP Sao Tome and Principe|SA SAU Saudi Arabia|SN SEN Senegal
RS SRB Serbia|SC SYC Seychelles|SL SLE Sierra Leone|SG SGP Singapore|SX SXM Sint Maarten|SK SVK Slovakia|SI SVN Slovenia
SB SLB Solomon Islands|SO SOM Somalia|ZA ZAF South Africa|GS SGS South Georgia and the South Sandwich Islands|SS SSD South Sudan
ES ESP Spain|LK LKA Sri Lanka|SD SDN Sudan|SR SUR Suriname|SJ SJM Svalbard and Jan Mayen|SZ SWZ Swaziland|SE SWE Sweden
CH CHE Switzerland|SY SYR Syrian Arab Republic|TW TWN Taiwan|TJ TJK Tajikistan|TZ TZA Tanzania, United Republic of|TH THA Thailand
TL TLS Timor-Leste|TG TGO Togo|TK TKL Tokelau|TO TON Tonga|TT TTO Trinidad and Tobago|TN TUN Tunisia|TR TUR Turkey|TM TKM Turkmenistan
TC TCA Turks and Caicos Islands|TV TUV Tuvalu|UG UGA Uganda|UA UKR Ukraine|AE ARE United Arab Emirates|GB GBR United Kingdom
US USA United States|UM UMI United States Minor Outlying Islands|UY URY Uruguay|UZ UZB Uzbekistan|VU VUT Vanuatu|VE VEN Venezuela
VN VNM Viet Nam|VG VGB Virgin Islands, British|VI VIR Virgin Islands, U.S.|WF WLF Wallis and Futuna|EH ESH Western Sahara|YE YEM Yemen
ZM ZMB Zambia|ZW ZWE Zimbabwe
"""

_ALIASES = {
    "united states of america": "United States",
    "u.s.a.": "United States",
    "u.s.": "United States",
    "uk": "United Kingdom",
    "great britain": "United Kingdom",
    "england": "United Kingdom",
    "czechia": "Czech Republic",
    "south korea": "Korea, Republic of",
    "korea": "Korea, Republic of",
    "russia": "Russian Federation",
    "vietnam": "Viet Nam",
    "turkiye": "Turkey",
    "türkiye": "Turkey",
    "north macedonia": "Macedonia, the former Yugoslav Republic of",
    "moldova": "Moldova, Republic of",
    "tanzania": "Tanzania, United Republic of",
    "iran": "Iran, Islamic Republic of",
    "syria": "Syrian Arab Republic",
    "laos": "Lao People's Democratic Republic",
    "brunei": "Brunei Darussalam",
    "the netherlands": "Netherlands",
    "eswatini": "Swaziland",
    "cabo verde": "Cape Verde",
    "ivory coast": "Cote d'Ivoire",
    "macau": "Macao",
    "vatican city": "Holy See (Vatican City State)",
}


def _names() -> dict[str, str]:
    known = dict(_ALIASES)
    for entry in _TABLE.replace("\n", "|").strip("|").split("|"):
        two, three, name = entry.split(" ", 2)
        known |= {two.lower(): name, three.lower(): name, name.lower(): name}
    return known


_KNOWN = _names()


def country_name(value: str) -> str | None:
    """Return Zuora's name of a country given by name or ISO code in any case, or None when it knows none."""
    return _KNOWN.get(value.strip().lower())


def nearest_country(value: str) -> str | None:
    """Return the known country whose name is nearest to a misspelt one, if any is near."""
    near = difflib.get_close_matches(value.strip().lower(), _KNOWN, n=1, cutoff=0.6)
    return _KNOWN[near[0]] if near else None


_STATES = {
    "United States": """
        AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware
        DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas
        KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi
        MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York
        NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|RI Rhode Island
        SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia|WA Washington
        WV West Virginia|WI Wisconsin|WY Wyoming
        AA Armed Forces Americas|AE Armed Forces Europe|AP Armed Forces Pacific""",
    "Canada": """
        AB Alberta|BC British Columbia|MB Manitoba|NB New Brunswick|NL Newfoundland and Labrador|NS Nova Scotia
        NT Northwest Territories|NU Nunavut|ON Ontario|PE Prince Edward Island|QC Quebec|SK Saskatchewan|YT Yukon""",
}
"""States and provinces of the two countries in which Zuora takes only known ones."""


def _state_names(table: str) -> dict[str, str]:
    entries = (entry.strip().split(" ", 1) for line in table.splitlines() for entry in line.split("|") if entry.strip())
    return {key.lower(): name for code, name in entries for key in (code, name)}


_KNOWN_STATES = {country: _state_names(table) for country, table in _STATES.items()}


def state_name(value: str, country: str | None) -> str | None:
    """Return Zuora's name of a state given by name or code; None when the country has no such state.

    Outside the United States and Canada every state is taken as it is written.
    """
    known = _KNOWN_STATES.get(country or "")
    return value.strip() if known is None else known.get(value.strip().lower())


def nearest_state(value: str, country: str) -> str | None:
    """Return the known state whose name is nearest to a misspelt one, if any is near."""
    known = _KNOWN_STATES[country]
    near = difflib.get_close_matches(value.strip().lower(), known, n=1, cutoff=0.6)
    return known[near[0]] if near else None
