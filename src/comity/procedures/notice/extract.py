"""The public extract of a notice: what may be shown to everybody, in the shape that public notice pages use.

Only fields of the notice itself, and of those only what helps the public recognise a person: never the facts, other
names, co-suspects, papers' numbers or anything else of the investigation. What a notice does not hold is null. Rule
N-05 and the extract's shape: ``domain/01-notices.md`` sections 1 and 2.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from comity.procedures.notice.colours import Colour

SEXES = {"male": "M", "female": "F"}
ABSENT = (
    "country_of_birth_id",
    "height",
    "weight",
    "eyes_colors_id",
    "hairs_id",
)
"""Fields of the shape that no notice here holds by themselves."""
LABELS = {
    "name": "Family name",
    "forename": "Forenames",
    "date_of_birth": "Date of birth",
    "sex_id": "Sex",
    "nationalities": "Nationality",
    "place_of_birth": "Place of birth",
    "languages_spoken_ids": "Languages spoken",
    "distinguishing_marks": "Distinguishing marks",
    "un_reference": "Permanent reference number on its list",
}
"""The form's label of each value that is printed in words."""


def is_open(colour: Colour, consent: str) -> bool:
    """Whether an extract may be made: the source consents, or the colour is always public."""
    return colour.always_public or consent == "yes"


def public_extract(
    colour: Colour,
    reference: str,
    country: str,
    subject: Mapping[str, Any],
    case: Mapping[str, Any],
    pictures: Iterable[tuple[str, bytes]] = (),
) -> dict[str, Any]:
    """The extract as a tree for JSON; ``subject`` is the entity's properties, ``case`` the form's values, ``pictures``
    (media type, file) in order, ``country`` the code of who asked for it."""

    def one(prop: str) -> str | None:
        values = subject.get(prop, ())
        return str(values[0]) if len(values) > 0 else None

    born = one("birthDate")
    made: dict[str, Any] = {
        "entity_id": reference,
        "name": one("lastName"),
        "forename": one("firstName"),
        "date_of_birth": None if born is None else born.replace("-", "/"),
        "sex_id": SEXES.get(one("gender") or "", "U"),
        "nationalities": [str(code).upper() for code in subject.get("nationality", ())],
        "place_of_birth": one("birthPlace"),
        "languages_spoken_ids": [part.strip() for part in str(case.get("languages", "")).split(",") if part.strip()],
        "distinguishing_marks": case.get("marks") or None,
        **dict.fromkeys(ABSENT),
    }
    if colour.needs_warrant:
        charge = {"charge": case.get("charges"), "issuing_country_id": country, "charge_translation": None}
        made["arrest_warrants"] = [charge]
    if colour.always_public:
        made["un_reference"] = case.get("list_entry")
    made["images"] = [
        {"picture_id": f"{reference}-{n}", "media_type": media, "data": base64.b64encode(data).decode()}
        for n, (media, data) in enumerate(pictures, 1)
    ]
    return made


def printed_lines(made: Mapping[str, Any]) -> list[tuple[str, tuple[str, ...]]]:
    """(label, values) of an extract for a printed sheet, in the shape's order; what is not known is left out."""
    found = []
    for name, label in LABELS.items():
        value = made.get(name)
        texts = tuple(value) if isinstance(value, list) else () if value is None else (str(value),)
        if len(texts) > 0 and texts != ("U",):
            found.append((label, texts))
    charges = tuple(str(one["charge"]) for one in made.get("arrest_warrants", ()) if one["charge"])
    return [*found, ("Charges", charges)] if len(charges) > 0 else found
