"""A letter as a mail that an officer sends by the channel that exists: plain text, with the PDF attached."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from comity.documents.letter import Letter, letter_text

MEDIA = "message/rfc822"


def letter_mail(letter: Letter, pdf: bytes, *, to: str, channel: str, now: datetime) -> bytes:
    """The .eml: the number and the marking stand in the subject, so that an answer quotes them.

    ``to`` may be empty: the officer fills it in. ``channel`` is the network that it goes by, as the register has it.
    """
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = f"[{letter.marking}] {letter.number} – {_line(letter.subject)}"
    if to != "":
        mail["To"] = _line(to)
    mail["Date"] = format_datetime(now)
    mail["Content-Language"] = letter.language
    mail["X-Comity-Number"] = letter.number
    mail["X-Comity-Handling"] = _line(letter.marking)
    if channel != "":
        mail["X-Comity-Channel"] = _line(channel)
    mail.set_content(letter_text(letter), cte="quoted-printable")
    name = f"{letter.number.replace('/', '-')}.pdf"
    mail.add_attachment(pdf, maintype="application", subtype="pdf", filename=name)
    mail["X-Unsent"] = "1"
    return mail.as_bytes()


def _line(text: str) -> str:
    """One line: nothing in a value begins a header of its own."""
    return " ".join(text.split())
