"""The entities of a manifest: its flight, its travellers and their papers, whatever message carried it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from comity.formats.base import Tree, clean, make_tree
from comity.formats.manifest import Manifest, Traveller


def stem(number: str, day: str) -> str:
    """What the ids of one flight begin with, in the letters that an id may have."""
    plain = "".join(char for char in number if char.isascii() and char.isalnum()) or "list"
    return f"{plain}-{day}" if day != "" else plain


def entities_of(manifests: Iterable[Manifest]) -> Iterator[Tree]:
    """The flight of each manifest, its travellers and their papers."""
    for manifest in manifests:
        flight = manifest.flight
        times = [leg.departs for leg in flight.legs[:1]], [leg.arrives for leg in flight.legs[-1:]]
        number = flight.number or manifest.reference
        values = {
            "flightNumber": [number],
            "name": [number],
            "departure": [flight.departure],
            "arrival": [flight.arrival],
            "departureTime": times[0],
            "arrivalTime": times[1],
        }
        told = {name: [v for v in found if clean("Flight", name, v) is not None] for name, found in values.items()}
        yield make_tree(f"flight-{stem(number, ''.join(times[0])[:10])}", "Flight", told)
        for traveller in manifest.travellers:
            yield traveller.person
            yield from _papers(traveller)


def _papers(traveller: Traveller) -> Iterator[Tree]:
    for number, paper in enumerate(traveller.documents, 1):
        schema = "Passport" if paper.kind == "P" else "Identification"
        if clean(schema, "number", paper.number) is None:  # empty, or control characters alone
            continue
        country = clean(schema, "country", paper.country) if paper.country != "" else None
        values = {
            "holder": [traveller.person["id"]],
            "number": [paper.number],
            "type": [paper.kind] if clean(schema, "type", paper.kind) is not None else [],
            "country": [country] if country is not None else [],
            "endDate": [paper.expires] if clean(schema, "endDate", paper.expires) is not None else [],
        }
        yield make_tree(f"{traveller.person['id']}-doc-{number}", schema, values)
