"""A believable week, played before an exercise begins: the members' own nodes take the steps, nothing is written in.

Every step goes through the same road as an officer's; the partner answers as it would. Half of the findings turn out
to be innocent namesakes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from comity.model.packaged import packaged_bytes
from comity.node import closing, delivery, effects, erasure, notary
from comity.node.action import Order, take_step
from comity.node.exercise.partner import answer_once, cast_at
from comity.node.node import Node
from comity.node.officer import Officer
from comity.policy.yamltext import read_yaml

CLEAR = dict.fromkeys(("refugee", "claim", "convention_document", "minor", "victim"), "no")


@dataclass(frozen=True, slots=True)
class Played:
    """What one moment of the week holds: who does what, after so many hours."""

    hours: float
    member: str
    do: Callable[[Node, datetime], object]


def read_week() -> Mapping[str, Any]:
    """The week's people, offences, questions and calls."""
    tree: Mapping[str, Any] = read_yaml(packaged_bytes("comity.node.exercise", "week.yaml"), file="week.yaml")
    return tree


def play_week(nodes: Mapping[str, Node], begins: datetime, turn: Callable[[datetime], None]) -> int:
    """Plays the week from ``begins`` on these nodes, which share a line; ``turn`` sets their clock.

    Returns how many matters were opened. Steps of others come between, as the partner takes them.
    """
    week, opened = read_week(), 0
    for moment in sorted(_moments(week, nodes), key=lambda one: one.hours):
        now = begins + timedelta(hours=moment.hours)
        turn(now)
        moment.do(nodes[moment.member], now)
        opened += 1
        for minutes in (3, 7, 12):
            turn(now + timedelta(minutes=minutes))
            settle(nodes, now + timedelta(minutes=minutes))
            for code, node in nodes.items():
                if code != moment.member:
                    answer_once(node, now + timedelta(minutes=minutes), within=timedelta(hours=1))
        turn(now + timedelta(minutes=14))
        settle(nodes, now + timedelta(minutes=14))
    return opened


def settle(nodes: Mapping[str, Node], now: datetime, *, rounds: int = 12) -> None:
    """Lets every node's workers do their work until nothing moves."""
    for _ in range(rounds):
        moved = False
        for code, node in nodes.items():
            moved = effects.run_due(node, now) or moved
            moved = erasure.erase_due(node, now, node.screens.forget) or moved
            moved = notary.run_clocks(node, now) or closing.run_times(node, now) or moved
            for peer in nodes:
                moved = (peer != code and delivery.send_once(node, peer, now) == "sent") or moved
        if not moved:
            return


def _moments(week: Mapping[str, Any], nodes: Mapping[str, Node]) -> Iterator[Played]:
    """Messages through each day and night, notices and diffusions in office hours, findings after them, calls."""
    members = sorted(code for code, node in nodes.items() if code != node.reviewer)
    yield from _messages(week, members)
    yield from _requests(week, members)
    yield from _documents(week)
    for n, row in enumerate(week["calls"] * 2):
        yield Played(5.0 + 19.0 * n, members[n % len(members)], _calls(row))


def _messages(week: Mapping[str, Any], members: list[str]) -> Iterator[Played]:
    for n, row in enumerate(week["questions"] * 4):
        member = members[n % len(members)]
        to = [members[(n + 1 + n // len(members)) % len(members)]]
        to = to if to != [member] else [members[(n + 1) % len(members)]]
        yield Played(1.0 + 5.0 * n, member, _sends(row, to))


def _requests(week: Mapping[str, Any], members: list[str]) -> Iterator[Played]:
    """A request about each person: red, yellow, green in turn, every fourth a diffusion; two findings in three."""
    for n, person in enumerate(week["people"]):
        owner, offence, hours = person["of"], week["offences"][n % len(week["offences"])], 2.5 + 12.0 * n
        asked: list[str] = []
        yield Played(hours, owner, _asks(person, offence, n, [m for m in members if m != owner], asked))
        if n % 3 != 2 and n % 4 != 3:
            finder = members[(members.index(owner) + 1) % len(members)]
            yield Played(hours + 6.0, finder, _finds(asked, person, owner, innocent=n % 2 == 1))


def _documents(week: Mapping[str, Any]) -> Iterator[Played]:
    """Documents that their issuers report, and a traveller who shows one of them."""
    for n, row in enumerate(week["documents"]):
        told: list[str] = []
        yield Played(3.0 + 26.0 * n, row["of"], _reports(row, told))
        if "seen" in row:
            yield Played(30.0 + 26.0 * n, row["seen"], _meets(row, told))


def _reports(row: Mapping[str, Any], told: list[str]) -> Callable[[Node, datetime], object]:
    def report(node: Node, now: datetime) -> None:
        day = (now - timedelta(days=2)).date().isoformat()
        data = {**row["form"], "country": row["of"], "lost_on": day}
        told.append(_take(node, now, Order("travel_document", row["step"], "record", data=data)))

    return report


def _meets(row: Mapping[str, Any], told: list[str]) -> Callable[[Node, datetime], object]:
    def meet(node: Node, now: datetime) -> None:
        data = {
            "to": [row["of"]], "about": told[0], "kind": row["form"]["kind"], "number": row["form"]["number"],
            "seen_at": now.strftime("%Y-%m-%d %H:%M"), "where": "Airport, arrivals", "protection": "no",
        }  # fmt: skip
        _take(node, now, Order("document_hit", "tell", "hit", data=data))

    return meet


def _officer(node: Node, now: datetime, role: str) -> Officer:
    return next(one for one in cast_at(node, now) if role in one.roles)


def _take(node: Node, now: datetime, order: Order, role: str = "duty_officer") -> str:
    return take_step(node, _officer(node, now, role), order, now).matter


def _sends(row: Mapping[str, Any], to: list[str]) -> Callable[[Node, datetime], str]:
    return lambda node, now: _take(node, now, Order("message", "ask", "ask", data={**row, "to": to, "language": "en"}))


def _calls(row: Mapping[str, Any]) -> Callable[[Node, datetime], str]:
    def log(node: Node, now: datetime) -> str:
        number = next(c.phone for one in node.trust.lists.values() for c in one.doc.contacts)
        data = {**row, "number": number, "called_back": number}
        return _take(node, now, Order("call", "log", "call", data=data))

    return log


def _asks(
    person: Mapping[str, Any], offence: Mapping[str, Any], n: int, others: list[str], asked: list[str]
) -> Callable[[Node, datetime], object]:
    def ask(node: Node, now: datetime) -> None:
        until = (now + timedelta(days=900)).date().isoformat()
        subject = {
            "last_name": person["last"], "first_name": person["first"], "gender": person["sex"],
            "birth_date": person["born"], "birth_place": person["place"], "valid_until": until,
            "alias": [person["alias"]] if "alias" in person else [],
        }  # fmt: skip
        order = _diffusion(subject, offence, others, now) if n % 4 == 3 else _notice(subject, offence, n, now)
        asked.append(_take(node, now, order))

    return ask


def _diffusion(subject: dict[str, Any], offence: Mapping[str, Any], others: list[str], now: datetime) -> Order:
    name = f"{subject['first_name']} {subject['last_name']}"
    data = {
        **subject, "to": others, "aim": "locate", "name": name, "standing": "witness",
        "facts": offence["facts"], "passport": ["QX2209417"],
    }  # fmt: skip
    return Order("diffusion", "send", "owner", data=data)


def _notice(subject: dict[str, Any], offence: Mapping[str, Any], n: int, now: datetime) -> Order:
    day = (now - timedelta(days=40)).date().isoformat()
    common = {**subject, "legality": "confirmed"}
    if n % 3 == 1:
        data = {**common, "description": "About 170 cm, brown hair", "reported_at": day, "report_number": f"M-{n}",
                "privacy": "yes"}  # fmt: skip
        return Order("notice", "submit_yellow", "request", data=data)
    if n % 3 == 2:
        data = {**common, "assessment": f"Convicted twice. {offence['facts']}", "assessed_by": "Federal Police"}
        return Order("notice", "submit_green", "request", data=data)
    data = {
        **common, "description": "About 170 cm", "standing": "accused", "facts": offence["facts"],
        "facts_when": "March 2025", "facts_where": subject["birth_place"], "charges": offence["charges"],
        "provisions": offence["provisions"], "penalty_months": [offence["months"]], "warrant_number": f"W-{n}",
        "warrant_date": day, "warrant_authority": "District Court", "assurance": "sought",
        "extradition_from": "every member", "issued_by": "judge",
    }  # fmt: skip
    return Order("notice", "submit_red", "request", data=data)


def _finds(
    asked: list[str], person: Mapping[str, Any], owner: str, *, innocent: bool
) -> Callable[[Node, datetime], object]:
    def find(node: Node, now: datetime) -> None:
        at = now.strftime("%Y-%m-%d %H:%M")
        data = {"about": asked[0], "found_at": at, "where": "Airport, arrivals", "by": "border check"}
        matter = _take(node, now, Order("located", "open", "finding", data=data))
        if innocent:
            born = person["twin"]["born"]
            verdict = {"how": "document", "note": "yes"}
            _take(node, now, Order("located", "not_identical", "finding", matter=matter, data=verdict))
            _take(node, now, Order("call", "log", "call", data=_told(node, f"The traveller is another: born {born}.")))
            return
        detail = {"how": "portrait", "detail": "The second line, under the lamp."}
        _take(node, now, Order("located", "verify", "finding", matter=matter, data=detail))
        gates = {**CLEAR, "asked": "The second line, in English."}
        _take(node, now, Order("located", "gates", "finding", matter=matter, data=gates))
        told = {"to": [owner], "about": asked[0], "located": "Airport, arrivals", "identity": "portrait",
                "measure": "observed"}  # fmt: skip
        _take(node, now, Order("located", "tell", "told", matter=matter, data=told))

    return find


def _told(node: Node, said: str) -> dict[str, str]:
    number = next(c.phone for one in node.trust.lists.values() for c in one.doc.contacts)
    return {"who": "Second line, airport", "number": number, "called_back": number, "said": said}
