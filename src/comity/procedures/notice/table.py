"""The table of a notice, version 1: asked for, reviewed by two persons, published, answered, ended.

The request goes to the secretariat alone. Its approval lets the asking member's node publish: the content travels
from its owner to everybody addressed, as everything else does. Findings of the person are matters of their own
(:mod:`comity.procedures.located`). Sources: INTERPOL's Constitution and Rules on the Processing of Data (RPD), text
of 2024; ``domain/16-practice.md`` where it differs.
"""

from __future__ import annotations

from comity.procedures.notice.parties import PARTY_STEPS
from comity.procedures.notice.review import REVIEW_STEPS
from comity.procedures.notice.source import RECALLED, SOURCE_STEPS
from comity.procedures.protection import CANCELLED, CLOSED, TRACKS, protection_steps
from comity.procedures.table import Due, Procedure, Status, Track

V1 = Procedure(
    kind="notice",
    version=1,
    title="Notice",
    summary="A request to all members, reviewed before it is published: red, yellow, blue, black, green, orange, "
    "purple, UN special, silver.",
    tracks=(
        Track("request", "The request", "owner", "draft", audience=("reviewer",), final=("dropped",)),
        Track("notice", "The notice", "owner", "none", audience=("parties", "reviewer"), final=("withdrawn",)),
        Track("line", "The source to one member", "owner_member", "none", audience=("party",), one_per="party"),
        Track("reply", "One member's answer", "party", "received", audience=("owner",), one_per="party"),
        Track(
            "report",
            "One member's report",
            "party",
            "none",
            audience=("owner", "reviewer"),
            one_per="party",
            awaited=False,
        ),
        Track(
            "distinct",
            "One member's distinct-person notes",
            "party",
            "none",
            audience=("owner", "reviewer"),
            one_per="party",
            awaited=False,
        ),
        Track(
            "review",
            "The review, with the source",
            "reviewer",
            "none",
            audience=("owner",),
            final=("refused",),
            awaited=False,
        ),
        Track("clearance", "The decision of the review", "reviewer", "none", audience=("owner", "parties")),
        Track("examination", "The examination, within the secretariat", "reviewer", "none"),
        Track("inquiry", "A person's request about their data, within the secretariat", "reviewer", "none"),
        *TRACKS,
    ),
    steps=(*SOURCE_STEPS, *PARTY_STEPS, *REVIEW_STEPS, *protection_steps(RECALLED)),
    statuses=(
        CANCELLED,
        CLOSED,
        Status("withdrawn", "Withdrawn by the source", "notice", ("withdrawn",), shows=False, acts=False, ended=True),
        Status(
            "dropped",
            "Taken back before it was published",
            "request",
            ("dropped",),
            shows=False,
            acts=False,
            ended=True,
        ),
        Status("refused", "Not published: refused by the review", "review", ("refused",), acts=False, ended=True),
        Status("suspended", "Suspended by the source: do not act on it", "notice", ("suspended",), acts=False),
        Status("reopened", "Published; under review again after extradition was refused", "clearance", ("reopened",)),
        Status("published", "Published after review", "notice", ("published",)),
        Status("approved", "Approved, being published", "clearance", ("approved",), acts=False),
        Status("returned", "Returned as incomplete", "review", ("returned",), acts=False),
        Status("asked", "The secretariat asks for more", "review", ("asked",), acts=False),
        Status("under_review", "Under review", "examination", ("examined",), acts=False),
        Status("submitted", "Request being processed", "request", ("submitted",), acts=False),
        Status("draft", "Not yet received", "request", ("draft",), acts=False),
    ),
    clocks={"notice.term": "valid_until"},
    term=("request", "notice", "line"),
    dues=(
        Due(
            "notice.information",
            "Answer the secretariat",
            starts="review.ask",
            ends=("request.inform", "request.drop", "review.refuse_asked", "clearance.approve"),
            path="clock.notice.information",
            whose="owner",
        ),
        Due(
            "notice.suspension",
            "Lift the suspension or withdraw",
            starts="notice.suspend",
            ends=("notice.lift", "notice.withdraw"),
            path="clock.notice.suspension",
            whose="owner",
        ),
        Due(
            "notice.expiry",
            "Say whether it is still needed",
            starts="notice.publish",
            ends=("notice.withdraw",),
            restarts=("notice.extend",),
            path="clock.notice.expiry_question",
            whose="owner",
            before="valid_until",
        ),
    ),
    example={
        "request.submit_red": {
            "last_name": "Varnholt",
            "first_name": "Ilka Jorun",
            "gender": "female",
            "birth_date": "1984-07-23",
            "birth_place": "Port Almery",
            "nationality": ["QM"],
            "passport": ["XK4471902"],
            "description": "About 172 cm, grey eyes, scar on the left forearm",
            "standing": "accused",
            "facts": "Ran a forwarding company that hid 41 kg of cocaine in machine parts and drove the first lorry "
            "herself.",
            "facts_when": "March to June 2025",
            "facts_where": "Port Almery",
            "charges": "Trafficking in narcotic drugs as a member of a group",
            "provisions": "Penal Code art. 212(3)",
            "penalty_months": ["144"],
            "warrant_number": "PA-2025-1187",
            "warrant_date": "2025-08-02",
            "warrant_authority": "District Court of Port Almery",
            "assurance": "sought",
            "extradition_from": "every member",
            "issued_by": "judge",
            "valid_until": "2029-05-31",
            "legality": "confirmed",
        },
        "request.submit_yellow": {
            "last_name": "Tessaro",
            "first_name": "Mirel",
            "birth_date": "1959-02-11",
            "description": "About 165 cm, white hair, walks with a stick, may not know the way home",
            "reported_at": "2026-11-20",
            "report_number": "PA-M-2026-311",
            "privacy": "yes",
            "valid_until": "2027-11-20",
            "legality": "confirmed",
        },
    },
)
