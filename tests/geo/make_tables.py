"""Makes the small tables in MaxMind's form that the tests look addresses up in.

    pip install mmdb_writer==0.2.7 && python3 make_tables.py

Each has the layout of a maker's file.
"""

import pathlib
import time

# The day that each table names as the one on which it was made: 2026-06-01.
time.time = lambda: 1780272000

from mmdb_writer import MMDBWriter
from netaddr import IPSet


def country(code, name):
    return {"geoname_id": 1, "iso_code": code, "names": {"en": name}}


def table(name, kind, networks, **options):
    writer = MMDBWriter(database_type=kind, languages=["en"], description="a test of portbloom", **options)
    for network, record in networks.items():
        writer.insert_network(IPSet([network]), record)
    writer.to_db_file(str(pathlib.Path(__file__).parent / name))


BOTH = {"ip_version": 6, "ipv4_compatible": True}

table(
    "country.mmdb",
    "GeoLite2-Country",
    {
        "1.2.0.0/17": {"country": country("FR", "France"), "registered_country": country("DE", "Germany")},
        # A network of a company: no country but that where it is registered.
        "1.2.128.0/18": {"registered_country": country("US", "United States")},
        # A continent, and no country at all.
        "1.2.192.0/19": {"continent": {"code": "EU"}},
        "2001:db8:1::/48": {"country": country("JP", "Japan"), "registered_country": country("JP", "Japan")},
    },
    **BOTH,
)
table(
    "city.mmdb",
    "GeoLite2-City",
    {
        "1.2.0.0/25": {
            "city": {"geoname_id": 2, "names": {"de": "Genf", "en": "Geneva"}},
            "continent": {"code": "EU", "geoname_id": 3, "names": {"en": "Europe"}},
            "country": country("CH", "Switzerland"),
            "location": {"accuracy_radius": 20, "latitude": 46.2, "longitude": 6.1, "time_zone": "Europe/Zurich"},
            "registered_country": country("CH", "Switzerland"),
            "subdivisions": [{"geoname_id": 4, "iso_code": "GE", "names": {"en": "Geneva"}}],
        },
    },
    **BOTH,
)
table(
    "dbip.mmdb",
    "DBIP-Country-Lite",
    {
        "1.2.3.0/24": {
            "continent": {"code": "AS", "geoname_id": 5, "names": {"en": "Asia"}},
            "country": {"geoname_id": 6, "is_in_european_union": False, "iso_code": "KR", "names": {"en": "South Korea"}},
        },
        "1.2.4.0/24": {"country": {"iso_code": "ZZ"}},
    },
    **BOTH,
)
table("flat.mmdb", "ipv4-country", {"1.2.3.0/24": {"country_code": "BR"}}, ip_version=4)
table(
    "asn.mmdb",
    "GeoLite2-ASN",
    {
        "1.2.3.0/24": {"autonomous_system_number": 64496, "autonomous_system_organization": "Example Net"},
        "1.2.4.0/24": {"autonomous_system_number": 4200000000},
        "2001:db8:1::/48": {"autonomous_system_number": 64511, "autonomous_system_organization": "Beispiel AG"},
    },
    **BOTH,
)
table(
    "ipinfo.mmdb",
    "ipinfo generic_bundle_free.mmdb",
    {"1.2.3.0/24": {"as_name": "Example Net", "asn": "AS64496", "country": "Norway", "country_code": "NO"}},
    **BOTH,
)
