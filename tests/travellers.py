"""Invented travellers and their lists, from lists of tokens, the same for the same seed."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta

from comity.formats.base import Reading, make_tree
from comity.formats.manifest import Flight, Interchange, Leg, Manifest, TravelDocument, Traveller
from comity.formats.paxlst_write import write

FIRST = (
    "Tarin", "Velka", "Osmer", "Liadin", "Pereth", "Jorun", "Malisk", "Ondra", "Sefira", "Kalten", "Yvane", "Druso",
    "Imelt", "Rovana", "Quillan", "Bestra",
)  # fmt: skip
LAST = (
    "Marrowin", "Esteval", "Drohan", "Keltrin", "Osvarren", "Pelluth", "Quenmoor", "Tarvesk", "Ulbrecht", "Vandrell",
    "Wexholm", "Ystrand",
)  # fmt: skip
TAIL = ("sen", "berg", "dal", "mark", "holt", "vik", "stad", "rup", "by", "lund", "grov", "nes")
ELSEWHERE = (
    ("Abbadil", "Chezhnu", "Fipsho", "Gwembe", "Hojuzi", "Kwamuzu", "Nabwiro", "Zhupako"),
    ("Bazhumo", "Chifupa", "Dzaghimu", "Fuzukwa", "Gjobeku", "Hwabizho", "Mpojugi", "Wuzhaki"),
    ("zho", "mbu", "kwi", "gja", "puzu", "chibo"),
)


def people(number: int, seed: str, *, elsewhere: bool = False) -> list[dict[str, str]]:
    """So many invented people: names, date of birth, passport; ``elsewhere`` with names that nobody else has."""
    chance = random.Random(seed)
    first, last, tail = ELSEWHERE if elsewhere else (FIRST, LAST, TAIL)
    return [
        {
            "first": chance.choice(first),
            "last": chance.choice(last) + chance.choice(tail),
            "born": f"{chance.randint(1945, 2008)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
            "passport": f"Q{chance.randrange(10**8):08}",
            "gender": chance.choice(("male", "female")),
        }
        for _ in range(number)
    ]


def traveller(one: dict[str, str], entity_id: str, nationality: str = "CHE") -> Traveller:
    """One of :func:`people` as a row of a list."""
    values = {
        "name": [f"{one['first']} {one['last']}"],
        "firstName": [one["first"]],
        "lastName": [one["last"]],
        "birthDate": [one["born"]],
        "gender": [one["gender"]],
        "nationality": ["ch"] if nationality == "CHE" else [],
        "passportNumber": [one["passport"]],
    }
    paper = TravelDocument("P", one["passport"], nationality, "2031-01-01")
    return Traveller(make_tree(entity_id, "Person", values), "passenger", nationality=nationality, documents=(paper,))


def manifest(
    number: str, aboard: list[dict[str, str]], departs: datetime, *, action: str = "new", place: str = "ZRH"
) -> Manifest:
    """A list for a flight to Stockholm; ``departs`` is local time."""
    local = departs.replace(tzinfo=None)
    leg = Leg(
        place, "ARN", local.isoformat(timespec="minutes"), (local + timedelta(hours=3)).isoformat(timespec="minutes")
    )
    rows = tuple(traveller(one, f"{number}-{n}") for n, one in enumerate(aboard, 1))
    sent = Interchange("AV", "QMBORDER", f"C{number}")
    flight = Flight(number, number[:2], (leg,))
    return Manifest(f"{number}.edi", "M1", "passenger", "DUTY", flight, rows, action=action, interchange=sent)


def passenger_list(
    number: str, aboard: list[dict[str, str]], departs: datetime, *, action: str = "new", place: str = "ZRH"
) -> bytes:
    """The same as a PAXLST file."""
    made = manifest(number, aboard, departs, action=action, place=place)
    return next(iter(write(Reading((), manifests=(made,))).values()))


def watch_list(listed: list[dict[str, str]]) -> bytes:
    """A reference list of these people, as entities."""
    trees = [
        {
            "id": f"listed-{one['passport']}",
            "schema": "Person",
            "properties": {
                "name": [f"{one['first']} {one['last']}"],
                "birthDate": [one["born"]],
                "passportNumber": [one["passport"]],
                "nationality": ["ch"],
                "gender": [one["gender"]],
            },
        }
        for one in listed
    ]
    return "".join(f"{json.dumps(tree)}\n" for tree in trees).encode()
