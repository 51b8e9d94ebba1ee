"""Checks of a diffusion. Each docstring is the text that the officer reads."""

from __future__ import annotations

from collections.abc import Iterator

from comity.policy.ages import may_be_under
from comity.procedures.form import Filled
from comity.procedures.table import Finding, Sight


def identity_minimum(filled: Filled, _: Sight) -> Iterator[Finding]:
    """A person is named by family name, forename, sex and year of birth with one more mark, or by a portrait and
    another identifier (Rules on the Processing of Data, art. 83(2)(a))."""
    names = all(filled.text(name) != "" for name in ("first_name", "gender", "birth_date"))
    marks = any(len(filled.texts(name)) > 0 for name in ("passport", "description"))
    portrait = "portrait" in filled.files
    others = any(len(filled.texts(name)) > 0 for name in ("alias", "passport", "description"))
    if (names and (marks or portrait)) or (portrait and others):
        return
    yield Finding(
        rule="R-06",
        field="first_name",
        says="The person cannot be told from others by what is given.",
        remedy="Give forename, sex, year of birth and a document or description; or a portrait and one identifier.",
    )


def judicial_minimum(filled: Filled, _: Sight) -> Iterator[Finding]:
    """A wanted person's diffusion names offence, penalty and warrant (Rules on the Processing of Data, art. 83)."""
    if filled.text("aim") != "wanted":
        return
    wanted = {"offence": "the offence and provision", "penalty_months": "the penalty", "warrant": "the warrant"}
    for name, what in wanted.items():
        if filled.text(name) == "":
            yield Finding("R-07", name, f"A wanted person's diffusion names {what}.", "Fill it in.")


def still_valid(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """The term lies in the future (Rules on the Processing of Data, art. 49)."""
    until = filled.text("valid_until")
    if until != "" and until <= sight.now[: len("2026-11-22")]:
        yield Finding("S-04", "valid_until", f"{until} is not in the future.", "Choose a later day.")


def not_to_oneself(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """A diffusion goes to other members of the network, each of them known and active, or to correspondents that the
    bureau recorded."""
    for member in filled.texts("to"):
        known = {*sight.members, *sight.facts.get("correspondents", ())}
        if member == sight.member or member not in known:
            yield Finding("N-04", "to", f"{member} is not another active member.", "Choose from the list.")


def minor(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """Anyone under the age of majority is first assessed as a victim; nobody under the age of criminal
    responsibility is wanted."""
    majority = sight.law(sight.member, "age.majority").value
    if filled.text("aim") != "wanted" or not isinstance(majority, int):
        return
    if may_be_under(filled.text("birth_date"), majority, sight.now[: len("2026-11-22")]):
        says = "The person may be under age: assess first as a victim."
        yield Finding("P-2", "birth_date", says, "Confirm with the guardian authority before sending.", flag=True)


def names_known_agency(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """A matter is handed to another agency of the same member."""
    agencies = sight.facts.get("agencies", ())
    if filled.text("to") not in agencies or filled.text("to") == sight.agency:
        yield Finding("track.offer", "to", f"{filled.text('to')!r} is not another agency here.", "Choose one of ours.")
