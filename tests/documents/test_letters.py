"""Letters read by other programs: searchable, in the right order, marked on every page, in four languages."""

from __future__ import annotations

import email
import email.policy
import io
import re
import subprocess
from datetime import UTC, date, datetime
from email.message import EmailMessage

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.documents.letter import KINDS, LANGUAGES, Draft, Letter, Line, Section, compose, letter_text, words_of
from comity.documents.mail import letter_mail
from comity.documents.pdf import letter_pdf
from comity.documents.word import letter_docx
from comity.errors import OwnFault
from comity.procedures.diffusion import second
from comity.procedures.form import Form
from comity.procedures.message.table import V1 as MESSAGE
from comity.procedures.notice import form as notice

NUMBER = "COM/QM/2026/000123"
DAY = date(2026, 11, 22)
PLACES = {
    "ground": "Article 2: human rights",
    "recalled": "COM/QM/2026/000007",
    "reminded": "COM/QM/2026/000009",
    "answer_by": "22.12.2026",
    "place": "Arvenia",
    "presumption": "A person sought is presumed innocent until a court has found otherwise.",
}
LONG = Section("What is asked or told", tuple(Line("Text", (f"Line {n} of a long text.",)) for n in range(120)))


def letter(
    kind: str = "message", language: str = "en", *sections: Section, recipient: str = "Office of Ostrava"
) -> Letter:
    """A letter with everything in it."""
    draft = Draft(
        kind,
        language,
        ("Arvenia National Bureau", "Arvenia", "+00 0000 0000"),
        (recipient, "1 Harbour Square"),
        "TLP:AMBER · H1",
        "0123456789abcdef",
        references=(("basis", "RPD art. 86"),),
        sections=sections or (Section("Send a message", (Line("Family name", ("Varnholt",)),)),),
        places=PLACES,
    )
    return compose(draft, NUMBER, DAY)


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page as another program finds it."""
    done = subprocess.run(["pdftotext", "-enc", "UTF-8", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode().split("\f")[:-1]


def test_every_kind_of_letter_is_searchable_and_marked_in_every_language() -> None:
    for kind in KINDS:
        for language in LANGUAGES:
            text = "\n".join(pages_of(letter_pdf(letter(kind, language))))
            assert "TLP:AMBER · H1" in text, (kind, language)
            assert NUMBER in text
            assert "Varnholt" in text
            assert not re.search(r"\{[a-z_]+\}", text), (kind, language)


def test_the_marking_and_the_page_stand_on_every_page() -> None:
    pages = pages_of(letter_pdf(letter("message", "en", LONG)))
    assert len(pages) > 2
    for n, page in enumerate(pages, 1):
        assert page.count("TLP:AMBER · H1") == 2
        assert f"Page {n} of {len(pages)}" in page


def test_arabic_is_found_in_its_own_order() -> None:
    made = letter("refusal", "ar", Section("Send a diffusion", (Line("Family name", ("الحسن Varnholt",)),)))
    text = re.sub(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", "\n".join(pages_of(letter_pdf(made))))
    assert "رفض طلب إصدار نشرة" in text
    assert re.search(r"المادة\W*2\W*حقوق الإنسان", text) is not None
    assert "+00 0000 0000" in text  # a number keeps its order among words that run the other way
    assert "اسم العائلة" in text
    assert "الحسن" in text
    assert "Varnholt" in text


def test_the_pdf_embeds_its_fonts_and_holds_nothing_that_runs() -> None:
    pdf = letter_pdf(letter("message", "ar"))
    done = subprocess.run(["pdffonts", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    rows = [line.split() for line in done.splitlines()[2:]]
    assert any("Amiri" in row[0] for row in rows)
    assert all(row[-5] == "yes" for row in rows), done
    for word in (b"/JavaScript", b"/OpenAction", b"/Launch", b"/URI"):
        assert word not in pdf


def test_what_was_typed_is_never_read_as_markup() -> None:
    nasty = '#panic("x") $x$ *bold* _it_ <label> @ref \\ // /* #read("/etc/passwd") [ ] { }'
    made = letter("message", "en", Section("Text", (Line("Text", (nasty,)),)), recipient=nasty)
    assert '#panic("x") $x$' in " ".join(" ".join(pages_of(letter_pdf(made))).split())


@settings(max_examples=25)
@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=60))
def test_any_text_makes_a_letter(text: str) -> None:
    made = letter("message", "en", Section("Text", (Line("Text", (text,)),)))
    assert letter_pdf(made).startswith(b"%PDF")
    assert text in letter_text(made)


def test_the_word_document_says_the_same_and_is_marked() -> None:
    for language in LANGUAGES:
        made = letter("recall", language)
        opened = Document(io.BytesIO(letter_docx(made)))
        said = "\n".join(p.text for p in opened.paragraphs)
        for paragraph in (*made.paragraphs, *made.closing, made.subject):
            assert paragraph in said
        section = opened.sections[0]
        assert made.marking in section.header.paragraphs[0].text
        assert made.marking in section.footer.paragraphs[0].text
        xml = section.footer._element.xml
        assert "NUMPAGES" in xml
        right_to_left = opened.paragraphs[-3]._p.xml.count("w:rtl")
        assert (right_to_left > 0) == (language == "ar")


def test_the_mail_carries_the_number_the_marking_and_the_letter() -> None:
    made = letter("message", "ar")
    raw = letter_mail(
        made,
        b"%PDF-1.7 x",
        to="bureau@ostrava.example\r\nBcc: x@y.example",
        channel="I-24/7",
        now=datetime(2026, 11, 22, tzinfo=UTC),
    )
    read = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    assert NUMBER in read["Subject"]
    assert "TLP:AMBER" in read["Subject"]
    assert read["Bcc"] is None
    assert read["X-Comity-Channel"] == "I-24/7"
    body = read.get_body(("plain",))
    assert body is not None
    assert made.paragraphs[0][:40] in body.get_content()
    (attached,) = read.iter_attachments()
    assert attached.get_content_type() == "application/pdf"
    assert attached.get_filename() == "COM-QM-2026-000123.pdf"


def texts_of(form: Form | None) -> set[str]:
    """What a letter may quote of a form: the labels and coded values that leave with it."""
    hidden = set() if form is None else {spec.kind for spec in form.parts if len(spec.seats) > 0}
    fields = () if form is None else tuple(f for f in form.fields if f.part not in hidden)
    return {f.label for f in fields} | {title for f in fields for _, title in f.choices}


def test_every_label_and_ground_of_a_letter_is_said_in_every_language() -> None:
    wanted = {"Article 2: human rights"}
    for table, track in ((MESSAGE, "ask"), (second.V2, "owner")):
        for step in table.steps:
            if step.on == track and step.hand == "":
                wanted |= {step.title} | texts_of(step.form)
    wanted |= texts_of(notice.REFUSAL) | texts_of(notice.QUESTION)
    for language in LANGUAGES[1:]:
        words = words_of(language)
        assert sorted(wanted - set(words.texts)) == []


def test_the_languages_have_the_same_letters() -> None:
    first = words_of("en")
    for language in LANGUAGES:
        words = words_of(language)
        assert set(words.kinds) == set(KINDS)
        assert set(words.frame) == set(first.frame)
        for kind in KINDS:
            places = re.compile(r"\{[a-z_]+\}")
            assert set(places.findall(str(words.kinds[kind]))) == set(places.findall(str(first.kinds[kind])))


def test_a_language_without_words_is_refused() -> None:
    with pytest.raises(OwnFault):
        words_of("xx")
