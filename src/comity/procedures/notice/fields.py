"""Every field that a request for a notice may have, by name; a colour's row in ``colours.yaml`` says which it has.

Fields of the part ``subject`` are properties of the person (or body) and become statements; the rest are values of
the part ``case``, save codes and dates that the signed header carries. What a file is cleaned as stands beside it.
"""

from __future__ import annotations

from comity.model.handling import Handling
from comity.procedures.form import Field, PartSpec

POLICE = Handling(tlp="AMBER", code="H1", purposes=("investigation", "border_check", "compliance_review"))
PROTECTION = Handling(
    tlp="AMBER", code="H1", purposes=("investigation", "border_check", "missing_person", "compliance_review")
)
REVIEW = Handling(tlp="AMBER+STRICT", code="H3", purposes=("compliance_review",))

PICTURES = ("image/jpeg", "image/png")
FINGERPRINTS = ("application/x-nist-itl",)

GENDERS = (("male", "male"), ("female", "female"), ("other", "other or not known"))
ACCUSED = (("accused", "accused, not convicted"), ("convicted", "convicted, sentence to serve"))
STANDINGS = (
    *ACCUSED,
    ("not_charged", "under suspicion, not charged"),
    ("witness", "witness"),
    ("victim", "victim"),
    ("other", "other person of interest"),
)
YES_NO = (("yes", "yes"), ("no", "no"))
ASSURANCES = (
    ("sought", "Extradition will be sought, the authority agrees, and the warrant is valid"),
    ("not_sought", "Extradition will not be sought"),
)
ASSETS = tuple(
    (code, code.replace("_", " "))
    for code in ("property", "vehicle", "financial_account", "business", "vessel", "aircraft", "wallet", "valuable")
)
ASSET_PURPOSES = (
    ("locate", "locate"),
    ("identify", "identify"),
    ("information", "obtain information"),
    ("monitor", "monitor, without coercion"),
)


def _subject(name: str, label: str, prop: str, kind: str = "text", **rest: object) -> Field:
    return Field(name, label, kind, part="subject", prop=prop, **rest)  # type: ignore[arg-type]


def _case(name: str, label: str, kind: str = "text", **rest: object) -> Field:
    return Field(name, label, kind, part="case", **rest)  # type: ignore[arg-type]


_FIELDS = (
    _subject("last_name", "Family name", "lastName"),
    _subject("first_name", "Forenames", "firstName"),
    _subject("alias", "Also known as", "alias", many=True, hint="One a line."),
    _subject("weak_alias", "Nicknames (weak)", "weakAlias", many=True, hint="One a line."),
    _subject("gender", "Sex", "gender", "choice", choices=GENDERS),
    _subject("birth_date", "Date of birth", "birthDate", "partial_date", hint="1984 or 1984-07-23."),
    _subject("birth_place", "Place of birth", "birthPlace"),
    _subject("nationality", "Nationality", "nationality", "country", many=True, hint="Two letters each, one a line."),
    _subject("passport", "Passport number", "passportNumber", many=True),
    _subject("idcard", "Identity card number", "idNumber", many=True),
    _subject("description", "Physical description", "appearance", "long_text"),
    _case(
        "nationality_state",
        "Nationality is",
        "choice",
        choices=(("confirmed", "confirmed"), ("claimed", "not confirmed")),
    ),
    _case("parents", "Names of the parents"),
    _case("marks", "Distinguishing marks"),
    _case("languages", "Languages spoken"),
    _case("occupation", "Occupation"),
    _case("places", "Places likely to be visited", "long_text"),
    _case("co_suspects", "Other persons sought in the same case, by reference"),
    _case("standing", "The person is", "choice", choices=STANDINGS, rule="R-07"),
    _case("facts", "Facts: what the person did", "long_text", rule="R-08", hint="A bare legal label is not enough."),
    _case("facts_when", "When it happened", rule="R-07"),
    _case("facts_where", "Where it happened", rule="R-07"),
    _case("charges", "Charges", "long_text", rule="R-07"),
    _case("provisions", "Provisions of law", rule="R-07", hint="Law and article of each charge."),
    _case(
        "penalty_months",
        "Maximum penalty of each charge, in months",
        "number",
        many=True,
        rule="R-01",
        hint="One a line, in the order of the charges.",
    ),
    _case("exception", "Below the threshold: why it matters for cooperation all the same", "long_text", rule="R-05"),
    _case("sentence_months", "Sentence imposed, in months", "number", rule="R-02"),
    _case("remaining_months", "Left to serve, in months", "number", rule="R-02"),
    _case("warrant_number", "Warrant or decision: number", rule="R-07"),
    _case("warrant_date", "Warrant or decision: date", "date", rule="R-07"),
    _case("warrant_authority", "Warrant or decision: authority", rule="R-07"),
    _case("absentia", "Convicted in absence", "choice", choices=YES_NO, rule="R-10"),
    _case("absentia_notified", "In absence: was the person notified", "choice", choices=YES_NO, rule="R-10"),
    _case("absentia_lawyer", "In absence: was there a lawyer", "choice", choices=YES_NO, rule="R-10"),
    _case("absentia_retrial", "In absence: is there a right to a new trial", "choice", choices=YES_NO, rule="R-10"),
    _case("assurance", "Extradition", "choice", choices=ASSURANCES, rule="R-09"),
    _case("extradition_from", "Countries from which it will be sought", rule="R-09"),
    _case(
        "issued_by",
        "The warrant was issued by",
        "choice",
        rule="R-09",
        choices=(("judge", "a judge or court"), ("other", "another authority")),
    ),
    _case("appeal", "If not by a judge: who decides on appeal", rule="R-09"),
    _case("warning", "Warning (armed, violent, escape, illness)", hint="Only what protects officers or the person."),
    _case("warning_source", "Warning: its source"),
    _case("warning_until", "Warning: valid until", "date"),
    _case("asked", "What is asked of members", "long_text"),
    _case("assessment", "Assessment: convictions or other grounds", "long_text", rule="R-08"),
    _case("assessed_by", "Assessed by (authority)", rule="R-08"),
    _case("convictions", "Convictions", "long_text"),
    _case("reported_at", "Reported to the police on", "date", rule="N-02"),
    _case("report_number", "Number of the report or case", rule="N-02"),
    _case(
        "privacy",
        "National law on privacy allows it",
        "choice",
        choices=(("yes", "yes"), ("minor", "a minor: guardian agrees")),
        rule="N-02",
    ),
    _case("guardian", "Guardian or family contact, through your bureau"),
    _case("found_at", "Found on", "date", rule="N-02"),
    _case("found_where", "Found where", rule="N-02"),
    _case("danger", "What is dangerous, and to whom", "long_text", rule="N-02"),
    _case("imminence", "Why it is imminent", "long_text", rule="N-02"),
    _case("method", "How it is done", "long_text", rule="N-02"),
    _case("similar", "Similar cases, by reference", "long_text", rule="N-02"),
    _case("committee", "Committee of the Security Council", rule="N-02"),
    _case("list_entry", "Permanent reference number on its list", rule="N-02"),
    _case("measures", "Measures in force"),
    _case("asset_kind", "Kind of asset", "choice", choices=ASSETS, rule="N-02"),
    _case("asset_identifier", "What identifies it", rule="N-02"),
    _case("asset_link", "Link between asset, person and offence", "long_text", rule="N-02"),
    _case("asset_purpose", "What is asked", "choice", choices=ASSET_PURPOSES, rule="N-02"),
    _case("asset_value", "Estimated value", "number"),
    _case("asset_currency", "Currency"),
    Field("portrait", "Portrait", "file", part="portrait", accept=PICTURES, keeps="portrait", hint="JPEG or PNG."),
    Field(
        "prints",
        "Fingerprints",
        "file",
        part="prints",
        accept=FINGERPRINTS,
        keeps="fingerprints",
        hint="An ANSI/NIST-ITL file.",
    ),
    Field("scan", "Scan of a document", "file", part="scan", accept=PICTURES, keeps="scan", hint="JPEG or PNG."),
    Field(
        "extract",
        "Publish an extract",
        "choice",
        term=True,
        choices=(("yes", "yes, we consent"), ("no", "no")),
        rule="N-05",
    ),
)
FIELDS = {field.name: field for field in _FIELDS}
"""Every field by its name, in reading order."""

COMMON = (
    Field("urgency", "Urgency", "choice", term=True, choices=(("routine", "routine"), ("urgent", "urgent"))),
    Field(
        "withheld",
        "Not to these members",
        "members",
        many=True,
        rule="N-04",
        hint="Everybody else gets it; choose only whom it must not reach.",
    ),
    Field(
        "valid_until",
        "Valid until",
        "date",
        term=True,
        ends=True,
        required=True,
        rule="S-04",
        hint="As 2029-05-31. After that day its content is erased by itself wherever it was recorded.",
    ),
    Field(
        "legality",
        "We answer for legality and accuracy",
        "choice",
        term=True,
        required=True,
        choices=(("confirmed", "confirmed"),),
        rule="N-02",
    ),
)
"""What every colour asks."""

PARTS = (
    PartSpec("subject", POLICE, schema="Person"),
    PartSpec("case", POLICE),
    PartSpec("portrait", POLICE),
    PartSpec("prints", POLICE),
    PartSpec("scan", POLICE),
    PartSpec("addressees", REVIEW, seats=("reviewer",), fill="addressees"),
)
