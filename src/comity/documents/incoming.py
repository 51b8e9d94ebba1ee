"""What comes in by mail or from a scanner: read strictly, cleaned, and anything that is no document refused.

A mail gives its text and its documents; a document is a PDF, JPEG or PNG, told by its first bytes and never by its
name. Pictures lose all metadata; of a PDF only the pages are kept, without scripts, actions, forms, attached files,
annotations and properties. Outlook's .msg is not read: the only libraries for it are under the GPL.
"""

from __future__ import annotations

import email
import email.policy
import io
import re
from dataclasses import dataclass
from email.message import EmailMessage
from html.parser import HTMLParser

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import NameObject

from comity.documents.picture import LIMIT, read_scan
from comity.errors import Defect, InputRefused

NUMBER = re.compile(r"\bCOM/[A-Z]{2}/\d{4}/\d{6}\b")
"""The number of a letter of ours, as an answer quotes it."""
PDF = "application/pdf"
MAIL_LIMIT = 40 << 20
TEXT_LIMIT = 100_000
PAGES = 500
_DROPPED = ("/Annots", "/AA", "/Metadata", "/PieceInfo", "/Thumb", "/B", "/StructParents")


@dataclass(frozen=True, slots=True)
class Document:
    """One document as it is kept."""

    data: bytes
    media: str


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as read: ``documents`` are (name, bytes as they came), ``refused`` names what is no document."""

    id: str
    sender: str
    subject: str
    date: str
    text: str
    documents: tuple[tuple[str, bytes], ...]
    refused: tuple[str, ...]

    @property
    def numbers(self) -> tuple[str, ...]:
        """The letters of ours that it quotes: in the subject before those in the text."""
        return tuple(dict.fromkeys((*NUMBER.findall(self.subject), *NUMBER.findall(self.text))))


def read_mail(name: str, raw: bytes) -> Mail:
    """The mail in ``raw``; raises :class:`InputRefused` for what is none."""
    if len(raw) > MAIL_LIMIT:
        raise _refused(name, "mail.size", f"The mail has {len(raw)} bytes.", f"Up to {MAIL_LIMIT} are read.")
    message = email.message_from_bytes(raw, policy=email.policy.default)
    if not isinstance(message, EmailMessage) or message["From"] is None:
        raise _refused(name, "mail.form", "This is no mail.", "Save it from the mail program as .eml.")
    try:
        documents, refused = _attached(message)
        return Mail(
            id=str(message["Message-ID"] or "").strip(),
            sender=_line(message["From"]),
            subject=_line(message["Subject"] or ""),
            date=_line(message["Date"] or ""),
            text=_body(message)[:TEXT_LIMIT],
            documents=documents,
            refused=refused,
        )
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        raise _refused(name, "mail.form", "The mail is malformed.", "Paste its text instead.") from error


def kind_of(data: bytes) -> str:
    """The media type that the first bytes tell, or the empty text for what is no document."""
    for start, media in ((b"%PDF-", PDF), (b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png")):
        if data.startswith(start):
            return media
    return ""


def read_document(name: str, data: bytes, *, field: str = "document") -> Document:
    """The document in ``data``, cleaned; raises :class:`InputRefused` for anything but a PDF, JPEG or PNG."""
    kind = kind_of(data)
    if kind == "":
        says = "The file is no PDF, JPEG or PNG."
        raise _refused(name, "document.kind", says, "Attach a PDF or a scan.", field=field)
    if kind != PDF:
        picture = read_scan(name, data, field=field)
        return Document(picture.data, picture.media)
    if len(data) > LIMIT:
        raise _refused(name, "document.size", f"The file has {len(data)} bytes.", f"Up to {LIMIT}.", field=field)
    try:
        return Document(_pages_only(data), PDF)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError) as error:
        says = "The PDF cannot be read, is locked, or has too many pages."
        raise _refused(name, "document.pdf", says, "Print it to a new PDF.", field=field) from error


def _pages_only(data: bytes) -> bytes:
    """The pages of a PDF in a new file: what runs, calls out, hides or names an author stays behind."""
    reader = PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted or not 0 < len(reader.pages) <= PAGES:
        raise ValueError("locked, empty or too long")
    writer = PdfWriter()
    for page in reader.pages:
        for key in _DROPPED:
            page.pop(NameObject(key), None)
        writer.add_page(page)
    writer.metadata = None
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _attached(message: EmailMessage) -> tuple[tuple[tuple[str, bytes], ...], tuple[str, ...]]:
    kept: list[tuple[str, bytes]] = []
    refused: list[str] = []
    body = message.get_body(("plain", "html"))
    for part in message.walk():
        if part.is_multipart() or part is body or part.get_content_maintype() == "text":
            continue
        data = part.get_payload(decode=True)
        name = _line(part.get_filename() or part.get_content_type())[:200]
        if isinstance(data, bytes) and kind_of(data) != "":
            kept.append((name, data))
        else:
            refused.append(name)
    return tuple(kept), tuple(refused)


def _body(message: EmailMessage) -> str:
    body = message.get_body(("plain", "html"))
    if body is None:
        return ""
    text = str(body.get_content())
    if body.get_content_subtype() == "html":
        plain = _Plain()
        plain.feed(text)
        text = plain.text()
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()


class _Plain(HTMLParser):
    """The words of an HTML mail; nothing is fetched, and nothing that runs is kept."""

    def __init__(self) -> None:
        super().__init__()
        self._words: list[str] = []
        self._quiet = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A new block begins a new line; scripts and styles are passed over."""
        self._quiet += tag in ("script", "style", "head")
        if tag in ("p", "br", "div", "tr", "li"):
            self._words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """See :meth:`handle_starttag`."""
        self._quiet = max(0, self._quiet - (tag in ("script", "style", "head")))

    def handle_data(self, data: str) -> None:
        """Words that are shown."""
        if self._quiet == 0:
            self._words.append(data)

    def text(self) -> str:
        """The words in lines."""
        lines = (" ".join(line.split()) for line in "".join(self._words).split("\n"))
        return "\n".join(line for line in lines if line != "")


def _line(text: object) -> str:
    return " ".join(str(text).split())[:1000]


def _refused(name: str, rule: str, says: str, remedy: str, *, field: str = "file") -> InputRefused:
    return InputRefused("Nothing was taken in.", [Defect(rule, says, remedy, file=name, field=field)])
