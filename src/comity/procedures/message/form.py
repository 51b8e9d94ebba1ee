"""The forms of a message."""

from __future__ import annotations

from comity.model.handling import Handling
from comity.procedures.form import Field, Form, PartSpec

POLICE = Handling(tlp="AMBER", code="H1", purposes=("investigation", "life_at_risk", "missing_person", "border_check"))
OWN = Handling(tlp="AMBER+STRICT", code="H3", purposes=("investigation", "life_at_risk"))

LEVELS = (
    ("flash", "flash: a life is at risk"),
    ("urgent", "urgent"),
    ("priority", "priority"),
    ("routine", "routine"),
)
PURPOSES = (
    ("investigation", "Criminal investigation"),
    ("border_check", "Border check"),
    ("missing_person", "Missing person"),
    ("life_at_risk", "Life at risk"),
    ("extradition", "Extradition"),
)
USES = (
    ("intelligence", "intelligence only"),
    ("evidence_with_consent", "evidence with our consent"),
    ("evidence", "evidence"),
)
REFUSALS = (
    ("not_available", "Not available to us"),
    ("no_authorisation", "Judicial authorisation was refused"),
    ("security", "It would harm national security"),
    ("investigation", "It would harm an investigation or a person"),
    ("disproportionate", "Irrelevant or disproportionate"),
    ("minor_offence", "The offence is below the penalty that our law names"),
    ("third_party", "The third party that owns it does not consent"),
    ("category", "This category of data is not allowed"),
    ("inaccurate", "Inaccurate, incomplete or out of date"),
    ("rights", "Fundamental rights or protection of the person"),
)
"""Directive (EU) 2023/977 art. 6 and domain 16, section 1; the last stands for grounds told by telephone alone."""

LANGUAGES = (("en", "English"), ("fr", "French"), ("es", "Spanish"), ("ar", "Arabic"))
TRANSLATIONS = (
    ("none", "not needed"),
    ("requested", "requested; the original stands beside it"),
    ("machine", "machine translation, unchecked"),
)
YES_NO = (("yes", "yes"), ("no", "no"))

ASK = Form(
    title="Message",
    fields=(
        Field("to", "To", "members", required=True, many=True, rule="E-01", hint="Choose at least one member."),
        Field("level", "Urgency", "choice", term=True, required=True, choices=LEVELS, rule="E-01"),
        Field(
            "reason",
            "Reason for the urgency",
            "long_text",
            part="question",
            hint="Needed for flash and urgent; priority and routine need none.",
        ),
        Field("purpose", "Purpose", "choice", term=True, required=True, choices=PURPOSES, rule="E-01"),
        Field("offence", "Offence and provision of law", part="question"),
        Field("subject", "Subject", part="question", required=True, limit=200, rule="E-01"),
        Field("question", "What is asked or told", "long_text", part="question", required=True, rule="E-01"),
        Field("action", "Action asked: preserve, locate, advise, answer", part="question"),
        Field("follow_up", "A request for legal assistance will follow, by when", part="question"),
        Field("language", "Language of the text", "choice", term=True, choices=LANGUAGES),
        Field("translation", "Translation", "choice", term=True, choices=TRANSLATIONS),
        Field("translated", "Text of the translation", "long_text", part="translation"),
        Field("in_reply_to", "In reply to (matter)", term=True, rule="E-01", hint="The number of the matter, if any."),
        Field(
            "forwards",
            "Passes on, with consent (matter)",
            term=True,
            rule="E-01",
            hint="The number of the matter whose content this passes on.",
        ),
        Field("by_telephone", "Asked by telephone before", "choice", term=True, choices=YES_NO),
    ),
    parts=(PartSpec("question", POLICE), PartSpec("translation", POLICE)),
)
TEXT = Form(
    title="Message",
    fields=(Field("text", "Text", "long_text", part="text", required=True, rule="E-01"),),
    parts=(PartSpec("text", POLICE),),
)
ANSWER = Form(
    title="Answer",
    fields=(
        Field("text", "Answer", "long_text", part="answer", required=True, rule="E-01"),
        Field(
            "use",
            "May be used as",
            "choice",
            term=True,
            required=True,
            choices=USES,
            rule="P-1",
            hint="Police information is no evidence unless you consent.",
        ),
        Field("obtained", "How it was obtained, for a detained person's statement", part="answer", rule="P-4.2"),
        Field("exculpatory", "What speaks for the person", "long_text", part="answer", rule="P-4.2"),
        Field("language", "Language of the text", "choice", term=True, choices=LANGUAGES),
        Field("translation", "Translation", "choice", term=True, choices=TRANSLATIONS),
        Field("translated", "Text of the translation", "long_text", part="translation"),
    ),
    parts=(PartSpec("answer", POLICE), PartSpec("translation", POLICE)),
)
REFUSAL = Form(
    title="Refuse",
    fields=(
        Field("ground", "Ground", "choice", term=True, required=True, choices=REFUSALS, rule="P-1"),
        Field("reasons", "Reasons", "long_text", part="refusal", required=True, rule="P-1"),
    ),
    parts=(PartSpec("refusal", POLICE),),
)
GATE = Form(
    title="Outgoing gate",
    fields=(
        Field("authority", "Authority that the law names, if anybody is detained", part="gate", rule="P-4.2"),
        Field("assurances", "Assurances: by whom, when, what", "long_text", part="gate", required=True, rule="P-4.2"),
        Field("reasons", "Why it may leave", "long_text", part="gate", required=True, rule="P-4.2"),
    ),
    parts=(PartSpec("gate", OWN),),
)
ONWARD = Form(
    title="Ask to pass it on",
    fields=(
        Field("to_whom", "To whom", "members", many=True, part="onward", required=True, rule="E-01"),
        Field("what_for", "What for", "long_text", part="onward", required=True, rule="E-01"),
        Field("until", "Until", "date", part="onward"),
    ),
    parts=(PartSpec("onward", POLICE),),
)
PARTY = Field("party", "To", "members", required=True, rule="E-01", hint="The member that asked.")
CONSENT = Form(
    title="Consent",
    fields=(
        PARTY,
        Field("scope", "Scope: whom, what for", "long_text", part="consent", required=True, rule="E-01"),
        Field("until", "Until", "date", part="consent"),
    ),
    parts=(PartSpec("consent", POLICE),),
)
NO_CONSENT = Form(
    title="No consent",
    fields=(PARTY, Field("reasons", "Reasons", "long_text", part="consent")),
    parts=(PartSpec("consent", POLICE),),
)
DOWNGRADE = Form(
    title="Lower the urgency",
    fields=(
        Field("level", "Urgency", "choice", term=True, required=True, choices=LEVELS, rule="E-05"),
        Field("reason", "Reason", "long_text", part="text", required=True, rule="E-05"),
    ),
    parts=(PartSpec("text", POLICE),),
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
                ("no_longer", "No longer needed"),
                ("basis_gone", "The legal basis is gone"),
                ("error", "It should not have been sent"),
            ),
        ),
    ),
)
