"""The forms of a document hit: what the finder tells the owner of the record, and what the owner answers."""

from __future__ import annotations

from comity.model.handling import Handling
from comity.model.travel_document import KINDS
from comity.procedures.form import Field, Form, PartSpec

BORDER = Handling(tlp="AMBER", code="H1", purposes=("border_check", "investigation", "missing_person", "life_at_risk"))
OWN = Handling(tlp="AMBER+STRICT", code="H3", purposes=("border_check", "investigation"))
YES_NO = (("no", "no"), ("yes", "yes"))
ABOUT = Field(
    "about", "About the record (matter)", term=True, required=True, rule="TD-4", hint="As the check names it."
)

TELLING = Form(
    title="Tell the owner of the record",
    fields=(
        Field("to", "To", "members", required=True, many=True, rule="TD-4", hint="The owner of the record."),
        ABOUT,
        Field("kind", "Kind of document", "choice", part="shown", required=True, choices=KINDS, rule="TD-4"),
        Field("number", "Number, as on the document", part="shown", required=True, limit=80, rule="TD-4"),
        Field(
            "seen_at", "Seen at", "moment", part="shown", required=True, rule="TD-4", hint="As 2026-11-22 02:35 (UTC)."
        ),
        Field("where", "Where", part="shown", required=True, limit=200, rule="TD-4"),
        Field("seen", "What the document looks like, what does not add up", "long_text", part="shown"),
        Field(
            "protection",
            "The holder is a recognised refugee, asks for asylum, or shows a convention document",
            "choice",
            part="asked",
            required=True,
            choices=YES_NO,
            rule="P-4.1",
            hint="Ask before anything leaves. The answer stays in your bureau.",
        ),
        Field("holder", "Name of the holder, only where the owner needs it", part="shown", limit=200),
        Field("why_name", "Why the owner needs the name", part="shown", limit=200),
    ),
    parts=(PartSpec("shown", BORDER), PartSpec("asked", OWN, seats=("own",))),
)
TEXT = Form(
    title="Word to the other side",
    fields=(Field("text", "Text", "long_text", part="text", required=True, rule="TD-4"),),
    parts=(PartSpec("text", BORDER),),
)
CONFIRMATION = Form(
    title="The record stands",
    fields=(
        Field(
            "checked",
            "Checked against",
            "choice",
            term=True,
            required=True,
            rule="TD-4",
            choices=(("file", "the issuing authority's file"), ("register", "our register alone")),
        ),
        Field("text", "What you ask the finder to do, with the provision", "long_text", part="answer"),
    ),
    parts=(PartSpec("answer", BORDER),),
)
CORRECTION = Form(
    title="The record was not right",
    fields=(
        Field(
            "reason",
            "Reason",
            "choice",
            term=True,
            required=True,
            rule="TD-4",
            choices=(
                ("found_again", "found again: the holder's own document"),
                ("mistyped", "the number was mistyped"),
                ("out_of_date", "the record was out of date"),
            ),
        ),
        Field("text", "For the finder", "long_text", part="answer"),
    ),
    parts=(PartSpec("answer", BORDER),),
)
NOT_OURS = Form(
    title="Not ours",
    fields=(Field("text", "Why", "long_text", part="answer", required=True, rule="TD-4"),),
    parts=(PartSpec("answer", BORDER),),
)
OUTCOME = Form(
    title="Outcome",
    fields=(
        Field(
            "done",
            "What was done",
            "choice",
            term=True,
            required=True,
            rule="TD-4",
            choices=(
                ("went_on", "the traveller went on with the document"),
                ("returned", "the document was handed back"),
                ("kept", "the document was kept, under our law"),
                ("handed_over", "the document goes back to its issuer"),
                ("refused_entry", "entry was refused, under our law"),
                ("referred", "the person was referred for another reason, under our law"),
            ),
        ),
        Field("text", "Outcome, as far as it may be told", "long_text", part="outcome"),
    ),
    parts=(PartSpec("outcome", BORDER),),
)
RETRACTION = Form(
    title="Take it back",
    fields=(
        Field(
            "ground",
            "Ground",
            "choice",
            term=True,
            required=True,
            rule="S-02",
            choices=(("misread", "The number was misread"), ("error", "It should not have been told")),
        ),
    ),
)
GATE = Form(
    title="Outgoing gate",
    fields=(
        ABOUT,
        Field("authority", "Authority that the law names, if anybody is detained", part="gate", rule="P-4.2"),
        Field("assurances", "Assurances: by whom, when, what", "long_text", part="gate", required=True, rule="P-4.2"),
        Field("reasons", "Why it may leave", "long_text", part="gate", required=True, rule="P-4.2"),
    ),
    parts=(PartSpec("gate", OWN),),
)
