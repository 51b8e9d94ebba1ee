"""The forms of a diffusion."""

from __future__ import annotations

from comity.model.handling import Handling
from comity.procedures.form import Field, Form, PartSpec

POLICE = Handling(tlp="AMBER", code="H1", purposes=("investigation", "border_check", "compliance_review"))
REVIEW = Handling(tlp="AMBER+STRICT", code="H3", purposes=("compliance_review",))
INTERNAL = Handling(tlp="AMBER", code="H1", purposes=("investigation",))

AIMS = (
    ("wanted", "Wanted: locate and arrest with a view to extradition"),
    ("locate", "Locate and report, without arrest"),
    ("missing", "Missing person: find and protect"),
)
STANDING = (
    ("accused", "accused, not convicted"),
    ("convicted", "convicted, sentence to serve"),
    ("missing", "missing person"),
    ("witness", "witness or other person"),
)
GENDERS = (("male", "male"), ("female", "female"), ("other", "other or not known"))
PICTURES = ("image/jpeg", "image/png")

DIFFUSION = Form(
    title="Diffusion about a person",
    fields=(
        Field("to", "To", "members", required=True, many=True, rule="N-04", hint="Choose at least one member."),
        Field("aim", "What is asked", "choice", term=True, required=True, choices=AIMS, rule="N-02"),
        Field(
            "valid_until",
            "Valid until",
            "date",
            term=True,
            ends=True,
            required=True,
            rule="S-04",
            hint="As 2027-05-31. After that day its content is erased by itself wherever it was recorded.",
        ),
        Field("last_name", "Family name", part="subject", prop="lastName", required=True, rule="R-06"),
        Field("first_name", "Forenames", part="subject", prop="firstName"),
        Field("name", "Whole name as usually written", part="subject", prop="name", required=True, rule="R-06"),
        Field("alias", "Also known as", part="subject", prop="alias", many=True, hint="One a line."),
        Field("weak_alias", "Nicknames (weak)", part="subject", prop="weakAlias", many=True, hint="One a line."),
        Field("gender", "Sex", "choice", part="subject", prop="gender", choices=GENDERS),
        Field(
            "birth_date", "Date of birth", "partial_date", part="subject", prop="birthDate", hint="1984 or 1984-07-23."
        ),
        Field("birth_place", "Place of birth", part="subject", prop="birthPlace"),
        Field("nationality", "Nationality", "country", part="subject", prop="nationality", many=True),
        Field("passport", "Passport or identity document number", part="subject", prop="passportNumber", many=True),
        Field("description", "Physical description", "long_text", part="subject", prop="appearance"),
        Field("portrait", "Portrait", "file", part="portrait", accept=PICTURES, hint="JPEG or PNG."),
        Field("standing", "The person is", "choice", part="case", required=True, choices=STANDING, rule="R-07"),
        Field(
            "facts",
            "Facts: what the person did, when and where",
            "long_text",
            part="case",
            required=True,
            rule="R-07",
            hint="A bare legal label is not enough (R-08).",
        ),
        Field("offence", "Offence and provision of law", part="case"),
        Field("penalty_months", "Maximum penalty, or sentence left to serve, in months", "number", part="case"),
        Field("warrant", "Warrant or decision: number, date, authority", part="case"),
        Field("warning", "Warning, with its source and date", part="case"),
    ),
    parts=(
        PartSpec("subject", POLICE, schema="Person"),
        PartSpec("case", POLICE),
        PartSpec("portrait", POLICE),
        PartSpec("addressees", REVIEW, seats=("reviewer",), fill="addressees"),
    ),
)

UPDATE = Form(
    title="Update",
    fields=(Field("news", "What has changed", "long_text", part="news", required=True, rule="S-05"),),
    parts=(PartSpec("news", POLICE),),
)

GROUNDS_TO_WITHDRAW = (
    ("purpose_met", "The purpose is met"),
    ("basis_gone", "The legal basis is gone"),
    ("error", "It should not have been sent"),
)
WITHDRAWAL = Form(
    title="Withdraw",
    fields=(Field("ground", "Ground", "choice", term=True, required=True, choices=GROUNDS_TO_WITHDRAW, rule="S-02"),),
)

SUSPENSION = Form(
    title="Suspend",
    fields=(
        Field(
            "until",
            "Until",
            "date",
            term=True,
            required=True,
            rule="S-01",
            hint="The day by which you lift it or withdraw.",
        ),
    ),
)

TAKE_UP = Form(
    title="Take up",
    fields=(
        Field(
            "reason",
            "Reason for acting on it before review",
            "long_text",
            part="reason",
            required=True,
            rule="P-4.4",
            hint="Say what you checked and why it cannot wait for the review.",
        ),
        Field("until", "Screen until", "date", term=True, required=True, rule="P-4.4"),
    ),
    parts=(PartSpec("reason", INTERNAL, drawn_from=("owner", "line")),),
)

GROUNDS_TO_DECLINE = (
    ("law", "Our law does not allow it"),
    ("data", "The data are not enough"),
    ("other", "Other ground, told by telephone"),
)
DECLINE = Form(
    title="Decline",
    fields=(Field("ground", "Ground", "choice", term=True, required=True, choices=GROUNDS_TO_DECLINE, rule="N-02"),),
)

FINDINGS = (
    ("art2", "Article 2: human rights"),
    ("art3", "Article 3: political, military, religious or racial character"),
    ("rpd", "Rules on the Processing of Data: quality, threshold or purpose"),
)
REFUSAL = Form(
    title="Does not comply",
    fields=(Field("ground", "Ground", "choice", term=True, required=True, choices=FINDINGS, rule="C-08"),),
)

HAND_OVER = Form(
    title="Hand over",
    fields=(Field("to", "To the agency", term=True, required=True, rule="track.offer", hint="As QM.federal."),),
)
