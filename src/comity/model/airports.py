"""The time zone of an airport by its IATA code, from the packaged table of airportsdata (MIT).

Times in carriers' messages are local to the airport. Where the table has no zone, a time stays as filed.
"""

from __future__ import annotations

from functools import lru_cache

from comity.model.packaged import packaged_text


def zone_of(iata: str) -> str:
    """The name of the zone in the IANA database, the empty text where the airport is not known."""
    return _zones().get(iata.upper(), "")


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in packaged_text("comity.model", "places/zones.tsv").splitlines():
        zone, _, codes = line.partition("\t")
        if not line.startswith("#"):
            found.update(dict.fromkeys(codes.split(" "), zone))
    return found
