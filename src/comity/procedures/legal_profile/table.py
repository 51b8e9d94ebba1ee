"""The table of a legal profile, version 1: one matter for each version, told to every member.

The legal officer's name and office stand in the profile itself; the act that publishes it is signed with the agency's
key. Every node keeps every version, and rules read the one in force on the day of the act. Source:
``domain/16-practice.md`` section 2.
"""

from __future__ import annotations

from collections.abc import Iterator

from comity.errors import InputRefused
from comity.model.handling import Handling
from comity.policy.profile import read_profile
from comity.procedures.form import Field, Filled, Form, PartSpec
from comity.procedures.table import Effect, Finding, Move, Procedure, Sight, Status, Track

OPEN = Handling(
    tlp="GREEN",
    code="H0",
    purposes=("investigation", "border_check", "extradition", "compliance_review", "administration"),
)


def whole(filled: Filled, sight: Sight) -> Iterator[Finding]:
    """A profile is whole: each path is known, each value has its form, its source and how sure it is."""
    try:
        profile = read_profile(filled.text("text").encode(), sight.members.get(sight.member, sight.member), "profile")
    except InputRefused as refusal:
        for defect in refusal.defects:
            where = f"{defect.field or defect.place}: " if (defect.field or defect.place) != "" else ""
            yield Finding("profile", "text", f"{where}{defect.says}", defect.remedy)
        return
    if profile.member != sight.member:
        yield Finding("profile.member", "text", f"It is the profile of {profile.member}.", f"Write {sight.member}.")
    known = sight.profiles.get(sight.member)
    if known is not None and profile.version <= known.version:
        says = f"Version {profile.version} is not above version {known.version}, which is in force."
        yield Finding("profile.version", "text", says, f"Write version {known.version + 1}.")


PUBLICATION = Form(
    title="Publish the legal profile",
    fields=(Field("text", "Profile", "long_text", part="profile", required=True, limit=200_000),),
    parts=(PartSpec("profile", OPEN),),
    to_all=True,
)

V1 = Procedure(
    kind="legal_profile",
    version=1,
    title="Legal profile",
    summary="What a member's law says, published by its legal officer; every version is kept.",
    tracks=(Track("profile", "The profile", "owner", "none", audience=("parties", "reviewer")),),
    steps=(
        Move(
            "publish",
            on="profile",
            frm=(),
            to="published",
            opens=True,
            title="Publish the legal profile",
            roles=("legal_officer",),
            basis="Comity domain 16, section 2",
            purpose="administration",
            form=PUBLICATION,
            checks=(whole,),
            effects=(Effect("adopt"),),
            grave=True,
            says="Every member reads it from the day that it names; you sign it by name and office.",
        ),
    ),
    statuses=(
        Status("published", "Published", "profile", ("published",), ended=True),
        Status("none", "Not yet received", "profile", ("none",)),
    ),
    example={
        "profile.publish": {
            "text": "format: comity-profile-1\nmember: QM\nversion: 1\nvalid_from: '2026-01-01'\n"
            "officer: {name: A. Lund, office: Ministry of Justice}\npacks: []\n"
            "values:\n  effect.notice.red: {value: locate, source: Extradition Act 4, mark: V}\n"
        }
    },
)
