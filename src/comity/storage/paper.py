"""Rows of paper: correspondents, numbered prints, what is owed to a recall, mail that came in, records kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from comity.storage import schema
from comity.storage.rows import slices

OUT, LOST = "out", "lost"
OPEN = (OUT, LOST)
BACK = ("returned", "destroyed")
"""States of a print: with somebody or lost, and so outstanding; or settled. What was lost may be found again."""


@dataclass(frozen=True, slots=True)
class Correspondent:
    """An office without a node: ``channel`` is the network that it is written to by, ``languages`` codes with
    commas, the best first."""

    code: str
    name: str
    channel: str = ""
    address: str = ""
    mail: str = ""
    phone: str = ""
    languages: str = "en"
    at: str = ""
    active: bool = True

    @property
    def language(self) -> str:
        """The language it is written to in."""
        return self.languages.partition(",")[0].strip() or "en"


@dataclass(frozen=True, slots=True)
class Print:
    """One numbered print: of which matter and act, what it is, where it went, and what became of it."""

    number: str
    year: int
    n: int
    matter: str
    act: str
    kind: str
    form: str
    place: str
    officer: str
    agency: str
    at: str
    state: str = OUT
    changed: str = ""
    changed_by: str = ""


@dataclass(frozen=True, slots=True)
class Debt:
    """What a recall still waits for here: a ``print`` that is out, or a ``hook``: a national system's answer."""

    recall: str
    kind: str
    name: str
    state: str
    at: str
    tries: int = 0
    next: str = ""
    done: str | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """Something that came by mail and that no matter has taken yet; ``sealed`` is None once dealt with."""

    id: str
    at: str
    source: str
    state: str
    matter: str
    sealed: bytes | None


@dataclass(frozen=True, slots=True)
class KeptRecord:
    """A record of one's own made from a matter: ``code`` is kept or restricted, ``basis`` the law, ``until`` a day."""

    record: str
    matter: str
    code: str
    basis: str
    until: str
    at: str
    ended: str = ""


def correspondents(unit: Connection, *, every: bool = False) -> list[Correspondent]:
    """The correspondents in use, by name; those no longer written to as well if ``every``."""
    table = schema.correspondent
    query = select(table) if every else select(table).where(table.c.active.is_(True))
    return [Correspondent(**row) for row in unit.execute(query.order_by(table.c.name)).mappings()]


def put_correspondent(unit: Connection, one: Correspondent) -> None:
    """Writes a correspondent in place of what it was."""
    table, values = schema.correspondent, asdict(one)
    if unit.execute(update(table).where(table.c.code == one.code).values(**values)).rowcount == 0:
        unit.execute(insert(table).values(**values))


def last_number(unit: Connection, year: int) -> int:
    """The number last given in a year; 0 before the first."""
    table = schema.print_copy
    return int(unit.execute(select(func.max(table.c.n)).where(table.c.year == year)).scalar() or 0)


def put_print(unit: Connection, one: Print, parts: Iterable[str]) -> None:
    """Registers a print with the parts that it was drawn from."""
    unit.execute(insert(schema.print_copy).values(**asdict(one)))
    rows = [{"number": one.number, "commitment": commitment} for commitment in dict.fromkeys(parts)]
    if len(rows) > 0:
        unit.execute(insert(schema.print_part), rows)


def prints(unit: Connection, *, matter: str = "", limit: int = 500) -> list[Print]:
    """The prints, those that are out first, then the newest; of one matter if it is named."""
    table = schema.print_copy
    query = select(table) if matter == "" else select(table).where(table.c.matter == matter)
    query = query.order_by(table.c.state.not_in(OPEN), table.c.year.desc(), table.c.n.desc()).limit(limit)
    return [Print(**row) for row in unit.execute(query).mappings()]


def print_numbered(unit: Connection, number: str) -> Print | None:
    """The print with a number, or None."""
    row = unit.execute(select(schema.print_copy).where(schema.print_copy.c.number == number)).mappings().first()
    return None if row is None else Print(**row)


def prints_of_parts(unit: Connection, commitments: Iterable[str]) -> dict[str, set[str]]:
    """For each of these parts, the numbers of the prints drawn from it that are outstanding."""
    found: dict[str, set[str]] = {}
    drawn, copy = schema.print_part, schema.print_copy
    joined = drawn.join(copy, drawn.c.number == copy.c.number)
    for some in slices(commitments):
        query = select(drawn.c.commitment, drawn.c.number).select_from(joined)
        for row in unit.execute(query.where(drawn.c.commitment.in_(some), copy.c.state.in_(OPEN))):
            found.setdefault(row.commitment, set()).add(row.number)
    return found


def settle_print(unit: Connection, number: str, *, state: str, at: str, by: str) -> bool:
    """Writes what became of a print that is outstanding; False if it is not."""
    table = schema.print_copy
    mine = (table.c.number == number, table.c.state.in_(OPEN), table.c.state != state)
    return unit.execute(update(table).where(*mine).values(state=state, changed=at, changed_by=by)).rowcount > 0


def owe(unit: Connection, debts: Iterable[Debt]) -> None:
    """Writes down what a recall waits for; what is written down already stays as it is."""
    for debt in debts:
        if debt_of(unit, debt.recall, debt.kind, debt.name) is None:
            unit.execute(insert(schema.debt).values(**asdict(debt)))


def debt_of(unit: Connection, recall: str, kind: str, name: str) -> Debt | None:
    """One debt, or None."""
    table = schema.debt
    mine = (table.c.recall == recall, table.c.kind == kind, table.c.name == name)
    row = unit.execute(select(table).where(*mine)).mappings().first()
    return None if row is None else Debt(**row)


def debts(unit: Connection, *, recalls: Iterable[str] | None = None, kind: str = "", name: str = "") -> list[Debt]:
    """What is still owed, of these recalls, this kind and this name."""
    table = schema.debt
    query = select(table).where(table.c.done.is_(None))
    if kind != "":
        query = query.where(table.c.kind == kind)
    if name != "":
        query = query.where(table.c.name == name)
    if recalls is not None:
        query = query.where(table.c.recall.in_(list(recalls)))
    return [Debt(**row) for row in unit.execute(query.order_by(table.c.at, table.c.name)).mappings()]


def change_debt(unit: Connection, debt: Debt, values: Mapping[str, Any]) -> None:
    """Changes one debt."""
    table = schema.debt
    mine = (table.c.recall == debt.recall, table.c.kind == debt.kind, table.c.name == debt.name)
    unit.execute(update(table).where(*mine).values(**values))


def put_incoming(unit: Connection, one: Incoming) -> bool:
    """Keeps something that came in; False if the same was taken before."""
    table = schema.incoming
    if unit.execute(select(table.c.id).where(table.c.id == one.id)).first() is not None:
        return False
    unit.execute(insert(table).values(**asdict(one)))
    return True


def incoming(unit: Connection) -> list[Incoming]:
    """What waits for an officer, oldest first."""
    table = schema.incoming
    rows = unit.execute(select(table).where(table.c.state == "waiting").order_by(table.c.at)).mappings()
    return [Incoming(**row) for row in rows]


def settle_incoming(unit: Connection, id_: str, *, state: str, matter: str = "") -> bool:
    """Marks as dealt with and drops its content; False if it was before."""
    table = schema.incoming
    mine = (table.c.id == id_, table.c.state == "waiting")
    return unit.execute(update(table).where(*mine).values(state=state, matter=matter, sealed=None)).rowcount > 0


def keep_record(unit: Connection, one: KeptRecord) -> None:
    """Writes down that a record of one's own was made from a matter."""
    unit.execute(insert(schema.kept_record).values(**asdict(one)))


def records_of(unit: Connection, matters: Iterable[str]) -> list[KeptRecord]:
    """The records of one's own that were made from these matters and stand."""
    table = schema.kept_record
    query = select(table).where(table.c.matter.in_(list(matters)), table.c.ended == "").order_by(table.c.at)
    return [KeptRecord(**row) for row in unit.execute(query).mappings()]


def called_in(unit: Connection, numbers: Iterable[str]) -> set[str]:
    """Those of the prints that were drawn from something that is hidden by now."""
    found: set[str] = set()
    drawn, part = schema.print_part, schema.part
    joined = drawn.join(part, drawn.c.commitment == part.c.commitment)
    for some in slices(numbers):
        query = select(drawn.c.number).select_from(joined)
        found.update(unit.execute(query.where(drawn.c.number.in_(some), part.c.hidden.is_not(None))).scalars())
    return found
