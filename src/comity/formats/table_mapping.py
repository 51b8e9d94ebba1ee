"""A saved mapping: how the columns of somebody's table become entities. A YAML file, ours or a user's own.

    title: Frozen assets                    what the list is called
    prefix: xx-freeze                       how the ids of its entries begin
    key: [[Id], [Name, Birth date]]         the columns that name an entry: the first choice whose last one is filled
    schema: {column: Type, default: LegalEntity, values: {individual: Person}}
    act: {authority: Ministry of Finance}   what every row's act says
    constants: {topics: [sanction]}         what every entry says
    columns:
      Name: {is: name, split: names}
      Listed: {act: listingDate, dates: [iso]}
      Passport: {is: passportNumber, number: true}
    joined: {address: [Street, Town]}        columns that make one value together
    ignored: {Row: made by the publisher's software}

Every column is mapped or ignored with the reason; a header with any other, or without one of these, is refused.
``may_lack`` names columns that some editions do not have. A whole table that lists nobody says so in ``reference``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any

import msgspec

from comity.errors import Defect, InputRefused
from comity.formats.list_dates import FORMS
from comity.model.entity import vocabulary
from comity.model.packaged import packaged_bytes, packaged_names
from comity.policy.yamltext import read_yaml

SPLITS = ("", ";", ",", "|", "list", "names")
"""How one cell holds several values: a separator; ``list`` takes lettered lists apart as well, ``names`` also takes
out a name in another script, or after *a.k.a.*, in parentheses."""


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one column is: a property of the entity (``is``), or of the act that lists it (``act``).

    ``number`` takes the document number out of a text that says more, ``papers`` reads *kind, number, country*,
    ``surname_first`` turns *LUKIC, Drazen* round for persons, ``country_last`` reads the country at the end of an
    address. What does not fit is a defect or, with ``otherwise: note``, a note; ``nothing`` are texts for *nothing*.
    """

    prop: str = msgspec.field(default="", name="is")
    act: str = ""
    split: str = ""
    dates: tuple[str, ...] = ()
    number: bool = False
    papers: bool = False
    surname_first: bool = False
    country_last: bool = False
    otherwise: str = "defect"
    nothing: tuple[str, ...] = ()
    label: str = ""


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a row says what it is about: a column whose values are schemas, or are looked up in ``values``."""

    default: str = "LegalEntity"
    column: str = ""
    values: Mapping[str, str] = {}


class Mapped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One mapping, checked against the vocabulary."""

    title: str
    prefix: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,30}$")]
    key: tuple[tuple[str, ...], ...]
    columns: Mapping[str, Column]
    schema: Kind = Kind()
    act: Mapping[str, str] = {}
    constants: Mapping[str, tuple[str, ...]] = {}
    ignored: Mapping[str, str] = {}
    joined: Mapping[str, tuple[str, ...]] = {}
    may_lack: tuple[str, ...] = ()
    delimiter: str = ","
    reference: str = ""

    @property
    def known(self) -> frozenset[str]:
        """The columns that the table may have."""
        joined = (one for names in self.joined.values() for one in names)
        kind = (self.schema.column,) if self.schema.column != "" else ()
        return frozenset({*self.columns, *self.ignored, *joined, *kind})

    @property
    def header(self) -> frozenset[str]:
        """The columns that the table must have."""
        return self.known - frozenset(self.may_lack)


def read_mapping(raw: bytes, *, file: str) -> Mapped:
    """The mapping in ``raw``; raises :class:`InputRefused` with everything that is wrong with it."""
    tree = read_yaml(raw, file=file)
    try:
        mapped = msgspec.convert(tree, Mapped)
    except msgspec.ValidationError as error:
        remedy = "Write it as the reference of formats shows under table."
        raise InputRefused(
            "The mapping cannot be used.", [Defect("mapping.form", f"{error}.", remedy, file)]
        ) from error
    defects = [Defect("mapping.value", says, "Correct the mapping.", file, field=name) for name, says in _wrong(mapped)]
    if len(defects) > 0:
        raise InputRefused("The mapping cannot be used.", defects)
    return mapped


def _wrong(mapped: Mapped) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    known = mapped.known
    used = (*(one for choice in mapped.key for one in choice), *mapped.may_lack)
    found += [(name, "It is neither a mapped nor an ignored column.") for name in used if name not in known]
    if mapped.reference == "" and (len(mapped.key) == 0 or any(len(choice) == 0 for choice in mapped.key)):
        found.append(("key", "No column names an entry."))
    if len(mapped.delimiter) != 1:
        found.append(("delimiter", "It is not one character."))
    schemas = {mapped.schema.default, *mapped.schema.values.values()}
    for schema in sorted(schemas):
        model = vocabulary().get(schema)
        if model is None or not model.matchable:
            found.append(("schema", f"There is no schema {schema!r} to screen."))
    for name, column in mapped.columns.items():
        found += [(name, says) for says in _wrong_column(column, sorted(schemas), mapped.schema.column != "")]
    found += [(name, "It stands under columns and under ignored.") for name in mapped.columns if name in mapped.ignored]
    found += [(name, "Sanction has no such property.") for name in mapped.act if not _has("Sanction", name)]
    return found


def _wrong_column(column: Column, schemas: list[str], is_open: bool) -> list[str]:
    found = []
    if (column.prop == "") == (column.act == ""):
        found.append("It needs one of is and act.")
    if column.act != "" and not _has("Sanction", column.act):
        found.append(f"Sanction has no property {column.act!r}.")
    if column.prop != "" and not is_open and not any(_has(schema, column.prop) for schema in schemas):
        found.append(f"{' and '.join(schemas)} have no property {column.prop!r}.")
    if column.split not in SPLITS or any(form not in FORMS for form in column.dates):
        found.append(f"split is one of {', '.join(SPLITS[1:])}; dates are of {', '.join(FORMS)}.")
    if column.otherwise not in ("defect", "note"):
        found.append("otherwise is defect or note.")
    return found


def _has(schema: str, prop: str) -> bool:
    model: Any = vocabulary().get(schema)
    found = None if model is None else model.get(prop)
    return found is not None and not found.stub


@cache
def packaged_mappings() -> dict[str, Mapped]:
    """The mappings that ship with the package, by name."""
    names = packaged_names("comity.formats", "mappings", ".yaml")
    return {
        name.removeprefix("mappings/").removesuffix(".yaml"): read_mapping(
            packaged_bytes("comity.formats", name), file=name
        )
        for name in names
    }
