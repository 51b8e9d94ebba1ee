"""The forms of a finding: what stays in the bureau, and what the owner of the notice is told."""

from __future__ import annotations

from comity.model.handling import Handling
from comity.procedures.form import Field, Form, PartSpec

INTERNAL = Handling(tlp="AMBER+STRICT", code="H3", purposes=("investigation", "border_check", "missing_person"))
POLICE = Handling(tlp="AMBER", code="H1", purposes=("investigation", "extradition", "missing_person", "border_check"))

YES_NO = (("no", "no"), ("yes", "yes"))
HOW = (
    ("fingerprints", "fingerprints compared"),
    ("portrait", "portrait compared by an officer"),
    ("document", "document examined"),
    ("admission", "admitted by the person"),
)
ABOUT = Field("about", "About the matter", term=True, required=True, rule="P-3", hint="The number of the notice.")

FINDING = Form(
    title="Somebody who may be the person was found",
    fields=(
        ABOUT,
        Field("found_at", "Found at", "moment", part="finding", required=True, rule="R-11"),
        Field("where", "Where", part="finding", required=True, rule="R-11"),
        Field("by", "Found by: border check, arrest for another matter, information", part="finding"),
        Field(
            "document_code",
            "State or organisation on the travel document, three letters as printed",
            part="finding",
            hint="As printed: XXB and like codes raise the protection gate by themselves.",
            limit=3,
        ),
        Field("said", "What the person said", "long_text", part="finding"),
    ),
    parts=(PartSpec("finding", INTERNAL),),
)
VERIFICATION = Form(
    title="Verify the identity",
    fields=(
        Field("how", "How", "choice", part="identity", required=True, choices=HOW, rule="P-3"),
        Field("detail", "By whom, against what", "long_text", part="identity", required=True, rule="P-3"),
    ),
    parts=(PartSpec("identity", INTERNAL),),
)
GATES = Form(
    title="Protection and rights gates",
    fields=(
        Field(
            "refugee",
            "Recognised refugee, or another international protection",
            "choice",
            part="gates",
            required=True,
            choices=YES_NO,
            rule="P-4.1",
        ),
        Field(
            "claim",
            "Has asked for asylum, or says that return is feared",
            "choice",
            part="gates",
            required=True,
            choices=YES_NO,
            rule="P-4.1",
        ),
        Field(
            "convention_document",
            "Holds a convention travel document, or is stateless",
            "choice",
            part="gates",
            required=True,
            choices=YES_NO,
            rule="P-4.1",
        ),
        Field("minor", "Is or may be a minor", "choice", part="gates", required=True, choices=YES_NO, rule="P-4.1"),
        Field("victim", "Is or may be a victim", "choice", part="gates", required=True, choices=YES_NO, rule="P-4.1"),
        Field(
            "asked",
            "Who asked the person, in which language, and what was answered",
            "long_text",
            part="gates",
            required=True,
            rule="P-4.1",
        ),
    ),
    parts=(PartSpec("gates", INTERNAL),),
)
HOLD = Form(
    title="Hold",
    fields=(Field("why", "Why it is held", "long_text", part="hold", required=True, rule="P-4.1"),),
    parts=(PartSpec("hold", INTERNAL),),
)
GUARDED = Form(
    title="Protect",
    fields=(
        Field(
            "basis",
            "Basis",
            "choice",
            part="protected",
            required=True,
            rule="P-4.1",
            choices=(
                ("refugee", "refugee or other international protection"),
                ("claim", "a claim is pending"),
                ("document", "convention document or stateless"),
                ("minor", "minor"),
                ("victim", "victim"),
            ),
        ),
        Field(
            "detail", "What was established, and by whom", "long_text", part="protected", required=True, rule="P-4.1"
        ),
    ),
    parts=(PartSpec("protected", INTERNAL),),
)
NOT_IDENTICAL = Form(
    title="Another person",
    fields=(
        Field("how", "How", "choice", part="identity", required=True, choices=HOW, rule="P-3"),
        Field("note", "Give the person a distinct-person note", "choice", part="identity", choices=YES_NO, rule="P-3"),
    ),
    parts=(PartSpec("identity", INTERNAL),),
)
OUTGOING = Form(
    title="Outgoing gate",
    fields=(
        Field("authority", "Authority that the law names, if the person is detained", part="outgoing", rule="P-4.2"),
        Field(
            "assurances", "Assurances: by whom, when, what", "long_text", part="outgoing", required=True, rule="P-4.2"
        ),
    ),
    parts=(PartSpec("outgoing", INTERNAL),),
)

TELLING = Form(
    title="Tell the owner of the notice",
    fields=(
        Field("to", "To", "members", required=True, many=True, rule="R-11", hint="The owner of the notice."),
        ABOUT,
        Field("located", "Located: where and when", "long_text", part="located", required=True, rule="R-11"),
        Field("identity", "Identity verified by", "choice", term=True, required=True, choices=HOW, rule="P-3"),
        Field(
            "measure",
            "Measure taken so far",
            "choice",
            term=True,
            required=True,
            rule="R-11",
            choices=(
                ("none", "none"),
                ("observed", "observed"),
                ("restricted", "restricted"),
                ("arrested", "provisionally arrested"),
            ),
        ),
        Field("contact", "Contact and number for this finding", part="located"),
    ),
    parts=(PartSpec("located", POLICE),),
)
ARREST = Form(
    title="Provisionally arrested",
    fields=(
        Field(
            "at",
            "Arrested at",
            "moment",
            term=True,
            required=True,
            rule="R-11",
            hint="The hour from which custody is counted, UTC.",
        ),
        Field("place", "Held at", part="custody", required=True, rule="P-3"),
        Field("law", "Under which provision of our law", part="custody", required=True, rule="P-3"),
    ),
    parts=(PartSpec("custody", POLICE),),
)
RIGHTS = Form(
    title="Rights explained",
    fields=(
        Field("by", "Explained by", part="rights", required=True, rule="P-3"),
        Field("language", "In which language", part="rights", required=True, rule="P-3"),
        Field(
            "consulate",
            "Consulate to be told, the person's own wish",
            "choice",
            part="rights",
            required=True,
            choices=(("no", "no: do not contact the embassy"), ("yes", "yes, in writing")),
            rule="P-3",
        ),
        Field("lawyer", "Lawyer", part="rights"),
    ),
    parts=(PartSpec("rights", INTERNAL),),
)
COURT = Form(
    title="Before a judge",
    fields=(
        Field("court", "Court", part="court", required=True, rule="P-3"),
        Field("on", "On", "date", term=True, required=True, rule="P-3"),
        Field(
            "outcome",
            "Outcome",
            "choice",
            term=True,
            required=True,
            rule="P-3",
            choices=(("held", "held on"), ("bail", "released on conditions"), ("adjourned", "adjourned")),
        ),
    ),
    parts=(PartSpec("court", POLICE),),
)
PAPERS = Form(
    title="Papers",
    fields=(
        Field("on", "On", "date", term=True, required=True, rule="R-11"),
        Field("reference", "Reference and channel", part="papers", required=True, rule="R-11"),
    ),
    parts=(PartSpec("papers", POLICE),),
)
DECISION = Form(
    title="Decision on extradition",
    fields=(
        Field("on", "On", "date", term=True, required=True, rule="R-12"),
        Field("by", "Authority", part="decision", required=True, rule="R-12"),
        Field("reasons", "Reasons, as far as they may be told", "long_text", part="decision"),
    ),
    parts=(PartSpec("decision", POLICE),),
)
GROUNDS = (
    ("judicial", "A court refused"),
    ("executive", "The government refused"),
    ("not_sought", "Extradition was not sought in time"),
    ("other", "Other ground"),
)
REFUSED = Form(
    title="Extradition refused",
    fields=(
        Field("ground", "Ground", "choice", term=True, required=True, choices=GROUNDS, rule="R-12"),
        Field("on", "On", "date", term=True, required=True, rule="R-12"),
    ),
)
RELEASE = Form(
    title="Released",
    fields=(
        Field("at", "Released at", "moment", term=True, required=True, rule="P-3"),
        Field(
            "why",
            "Why",
            "choice",
            term=True,
            required=True,
            rule="P-3",
            choices=(
                ("papers", "papers did not come in time"),
                ("court", "a court ordered it"),
                ("withdrawn", "the notice was withdrawn"),
                ("other", "another reason"),
            ),
        ),
    ),
)
SURRENDER = Form(
    title="Surrendered",
    fields=(
        Field("at", "Handed over at", "moment", term=True, required=True, rule="R-11"),
        Field("place", "Place of handing over", part="surrender", required=True, rule="R-11"),
    ),
    parts=(PartSpec("surrender", POLICE),),
)
RETRACTION = Form(
    title="Take back what was told",
    fields=(
        Field(
            "ground",
            "Ground",
            "choice",
            term=True,
            required=True,
            rule="S-02",
            choices=(("other_person", "It is another person"), ("error", "It should not have been told")),
        ),
    ),
)
TEXT = Form(
    title="Word to the finding member",
    fields=(Field("text", "Text", "long_text", part="text", required=True, rule="R-11"),),
    parts=(PartSpec("text", POLICE),),
)
