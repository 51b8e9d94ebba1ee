"""The forms of a notice besides the requests themselves, which are made from the colours."""

from __future__ import annotations

from comity.procedures.form import Field, Form, PartSpec
from comity.procedures.notice.fields import POLICE, REVIEW

MORE = Form(
    title="Answer the secretariat",
    fields=(Field("information", "Information", "long_text", part="more", required=True, rule="C-03"),),
    parts=(PartSpec("more", REVIEW),),
)
UPDATE = Form(
    title="Update",
    fields=(
        Field("news", "What has changed", "long_text", part="news", required=True, rule="S-05"),
        Field(
            "widens",
            "It widens what is asked",
            "choice",
            term=True,
            required=True,
            rule="S-05",
            choices=(("no", "no: identity, address, warning, or less is asked"), ("yes", "yes: it is reviewed first")),
        ),
    ),
    parts=(PartSpec("news", POLICE),),
)
WITHDRAWAL = Form(
    title="Withdraw",
    fields=(
        Field(
            "ground",
            "Ground",
            "choice",
            term=True,
            required=True,
            rule="S-02",
            choices=(
                ("purpose_met", "The purpose is met"),
                ("basis_gone", "The legal basis is gone"),
                ("error", "It should not have been sent"),
            ),
        ),
    ),
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
        Field("why", "Reasons", "long_text", part="why", required=True, rule="S-01"),
    ),
    parts=(PartSpec("why", REVIEW, seats=("reviewer",)),),
)
EXTENSION = Form(
    title="Extend the term",
    fields=(
        Field("valid_until", "Valid until", "date", term=True, ends=True, required=True, rule="S-04"),
        Field("why", "Why it is still needed", "long_text", part="why", required=True, rule="S-04"),
    ),
    parts=(PartSpec("why", REVIEW, seats=("reviewer",)),),
)

ARTICLES = (
    ("complies", "Complies"),
    ("art2", "Article 2: human rights"),
    ("art3", "Article 3: political, military, religious or racial character"),
    ("rpd", "Rules on the Processing of Data: quality, threshold or purpose"),
)
EXAMINATION = Form(
    title="Examine",
    fields=(
        Field(
            "proposal",
            "Proposed",
            "choice",
            part="examination",
            required=True,
            rule="C-03",
            choices=(("approve", "Approve"), ("ask", "Ask for more"), ("refuse", "Refuse")),
        ),
        Field("article", "Under", "choice", part="examination", required=True, choices=ARTICLES, rule="C-04"),
        Field(
            "reasons", "Reasons; every finding answered", "long_text", part="examination", required=True, rule="C-05"
        ),
    ),
    parts=(PartSpec("examination", REVIEW, drawn_from=("request",)),),
)
QUESTION = Form(
    title="Ask for more",
    fields=(Field("question", "What is missing", "long_text", part="question", required=True, rule="C-03"),),
    parts=(PartSpec("question", REVIEW),),
)
REFUSAL = Form(
    title="Refuse",
    fields=(
        Field("ground", "Ground", "choice", term=True, required=True, choices=ARTICLES[1:], rule="C-08"),
        Field("reasons", "Reasons for the source", "long_text", part="refusal", required=True, rule="C-08"),
    ),
    parts=(PartSpec("refusal", REVIEW),),
)
APPROVAL = Form(
    title="Approve and publish",
    fields=(
        Field(
            "exception",
            "Exception below the threshold",
            "choice",
            term=True,
            rule="R-05",
            choices=(("none", "none"), ("cooperation", "important for cooperation, with reasons below")),
        ),
        Field(
            "reasons",
            "Reasons, for the secretariat's file alone",
            "long_text",
            part="approval",
            required=True,
            rule="C-03",
        ),
    ),
    parts=(PartSpec("approval", REVIEW, seats=("reviewer",)),),
)
ADDENDUM = Form(
    title="Extradition was refused",
    fields=(
        Field(
            "ground",
            "Ground of the refusal",
            "choice",
            term=True,
            required=True,
            rule="R-12",
            choices=(
                ("judicial", "A court refused"),
                ("executive", "The government refused"),
                ("not_sought", "Extradition was not sought in time"),
                ("other", "Other ground"),
            ),
        ),
        Field("on", "Decided on", "date", term=True, required=True, rule="R-12"),
    ),
)
DISTINCT = Form(
    title="Distinct-person note",
    fields=(
        Field(
            "checked_by",
            "Established by",
            "choice",
            term=True,
            required=True,
            rule="P-3",
            choices=(("document", "document"), ("fingerprints", "fingerprints")),
        ),
        Field(
            "consent",
            "The person asked for it and agrees",
            "choice",
            term=True,
            required=True,
            rule="P-3",
            choices=(("yes", "yes, in writing"),),
        ),
        Field("note", "Not identical with: name, document", "long_text", part="distinct", required=True, rule="P-3"),
        Field("until", "Valid until", "date", term=True, ends=True, required=True, rule="P-3"),
    ),
    parts=(PartSpec("distinct", POLICE),),
)
CONFIRMED = Form(
    title="Confirm after review",
    fields=(
        Field(
            "reasons",
            "Reasons, for the secretariat's file alone",
            "long_text",
            part="approval",
            required=True,
            rule="R-12",
        ),
    ),
    parts=(PartSpec("approval", REVIEW, seats=("reviewer",)),),
)
EXCHANGE_GROUNDS = (
    ("law", "Our law gives it no effect"),
    ("data", "The data are not enough"),
    ("other", "Other ground, told by telephone"),
)
NO_EFFECT = Form(
    title="No effect here",
    fields=(Field("ground", "Ground", "choice", term=True, required=True, choices=EXCHANGE_GROUNDS, rule="R-13"),),
)
