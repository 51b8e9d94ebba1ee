"""The exercise network: invented members, officers, a list and a flight, and nobody real in any of them.

Half of the possible hits are innocent namesakes. Files lie beside this module in the official formats; the
portrait is drawn, of nobody.
"""

from __future__ import annotations

import io
from collections.abc import Mapping

from PIL import Image, ImageDraw

from comity.model.packaged import packaged_bytes
from comity.node.founding import AgencyPlan, MemberPlan
from comity.procedures.diffusion.second import V2

MEMBERS = (
    ("QM", "Arvenia", "Port Almery", "+999 01 0110", "en"),
    ("QN", "Belmora", "Belmora City", "+999 02 0220", "en"),
    ("QO", "Cordia", "Tarn Bridge", "+999 03 0330", "fr"),
    ("QS", "Secretariat", "Exercise centre", "+999 09 0990", "en"),
)
"""Code, name, seat, duty number, language. The codes are user-assigned in ISO 3166-1: no country bears them."""

SECRETARIAT = "QS"
CAST = (
    "duty_officer",
    "second_line",
    "supervisor",
    "senior_officer",
    "legal_officer",
    "data_protection_officer",
    "administrator",
)
"""The roles that each member's bureau fills with one invented officer; a supervisor is a duty officer as well."""

REVIEWERS = (("reviewer", "QO"), ("second-reviewer", "QN"), ("third-reviewer", "QM"))
"""The secretariat's reviewers, each with the member whose national he or she is."""

LIST_FILES = ("sdn.csv", "alt.csv", "add.csv")
LIST_NAME = "exercise-sdn"
FLIGHT_FILE = "BV417.edi"
REFUGEES_FLIGHT = "BV419.edi"
"""A later flight, with a traveller who holds a convention travel document."""
FIRST_PORT = 8471


def exercise_plans(first_port: int = FIRST_PORT) -> tuple[MemberPlan, ...]:
    """The members, each with a bureau and a federal police, on host names and ports of their own."""
    return tuple(
        MemberPlan(
            code=code,
            name=name,
            url=f"http://{host_of(name)}:{first_port + n}",
            agencies=(
                AgencyPlan(f"{code}.bureau", f"{name} National Bureau", bureau=True),
                AgencyPlan(f"{code}.federal", f"{name} Federal Police"),
            ),
            phone=phone,
            language=language,
        )
        for n, (code, name, _, phone, language) in enumerate(MEMBERS)
    )


def host_of(name: str) -> str:
    """The host name of a member's node in the exercise."""
    return f"{name.lower()}.localhost"


def cast_of(member: str) -> tuple[tuple[str, str, tuple[str, ...], str], ...]:
    """(login, agency, roles, nationality) of each invented officer of a member."""
    bureau = tuple((role.replace("_", "-"), f"{member}.bureau", _roles(role), member) for role in CAST)
    if member == SECRETARIAT:
        return (*bureau, *((login, f"{member}.bureau", ("reviewer",), of) for login, of in REVIEWERS))
    return (*bureau, ("federal-duty-officer", f"{member}.federal", ("duty_officer",), member))


def _roles(role: str) -> tuple[str, ...]:
    return (role, "duty_officer") if role in ("supervisor", "senior_officer") else (role,)


def list_files() -> dict[str, bytes]:
    """An invented list in OFAC's format."""
    return {name: packaged_bytes("comity.node.exercise", name) for name in LIST_FILES}


def flight_file(name: str = FLIGHT_FILE) -> bytes:
    """An invented passenger list in PAXLST form."""
    return packaged_bytes("comity.node.exercise", name)


def diffusion() -> Mapping[str, object]:
    """The form of a diffusion about an invented person who is on the invented flight."""
    return {**V2.example["owner.send"], "to": ["QN", "QO"]}


def portrait() -> bytes:
    """A drawn head and shoulders of nobody, as PNG."""
    picture = Image.new("RGB", (480, 600), "#c9d3da")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((60, 400, 420, 800), fill="#3d4f5d")
    draw.rectangle((205, 330, 275, 430), fill="#d9b99b")
    draw.ellipse((150, 110, 330, 360), fill="#e3c4a6")
    draw.pieslice((140, 80, 340, 320), 180, 360, fill="#5a4636")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
