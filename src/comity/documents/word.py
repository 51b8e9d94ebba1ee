"""A letter as a Word document, for offices that file or sign such: the same words, marked on every page."""

from __future__ import annotations

import io
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from comity.documents.letter import Figure, Letter, set_apart

MEDIA = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SCAN, PORTRAIT = Mm(160), Mm(45)
"""How wide a scan and a portrait are printed."""
GREY = RGBColor(0x46, 0x46, 0x46)


def letter_docx(letter: Letter) -> bytes:
    """The letter's .docx; Arabic is set from right to left in every paragraph and run."""
    made = Document()
    writer = _Writer(made, letter)
    writer.frame()
    writer.body()
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


class _Writer:
    def __init__(self, made: Any, letter: Letter) -> None:
        self.made, self.letter, self.rtl = made, letter, letter.language == "ar"

    def frame(self) -> None:
        """Number, marking and page numbers on every page; no name of any author in the properties."""
        letter, section = self.letter, self.made.sections[0]
        style = self.made.styles["Normal"]
        style.font.name, style.font.size = "Noto Sans", Pt(10.5)
        core = self.made.core_properties
        core.author, core.title, core.comments = letter.sender[0], letter.subject, ""
        head = section.header.paragraphs[0]
        self.write(head, f"{letter.number}   {letter.marking}   {letter.words.day(letter.day)}", bold=True, size=9)
        foot = section.footer.paragraphs[0]
        self.write(foot, letter.marking, bold=True, size=9)
        before, _, rest = letter.words.frame["page"].partition("{n}")
        between, _, after = rest.partition("{all}")
        page = section.footer.add_paragraph()
        self.write(page, before, size=8.5)
        self.field(page, "PAGE")
        self.write(page, between, size=8.5)
        self.field(page, "NUMPAGES")
        self.write(page, after, size=8.5)
        for paragraph in (head, foot, page):
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER

    def body(self) -> None:
        """From the addresses to the places of signature and seal."""
        letter, words = self.letter, self.letter.words.frame
        table = self.made.add_table(rows=1, cols=2)
        for cell, label, lines in zip(
            table.rows[0].cells, (words["from"], words["to"]), (letter.sender, letter.recipient), strict=True
        ):
            self.write(cell.paragraphs[0], label, size=8.5)
            for n, text in enumerate(lines):
                self.write(cell.add_paragraph(), set_apart(letter, text), bold=n == 0)
        for label, value in letter.references:
            paragraph = self.made.add_paragraph()
            self.write(paragraph, f"{label}: ", grey=True)
            self.write(paragraph, set_apart(letter, value))
        self.write(self.made.add_paragraph(), letter.subject, bold=True, size=13)
        for text in letter.paragraphs:
            self.write(self.made.add_paragraph(), text)
        for section in letter.sections:
            self.write(self.made.add_paragraph(), section.title, bold=True, size=11)
            for line in section.lines:
                paragraph = self.made.add_paragraph()
                self.write(paragraph, f"{line.label}: ", grey=True)
                self.write(paragraph, "; ".join(set_apart(letter, value) for value in line.values))
            for figure in section.figures:
                self.picture(figure)
        for text in letter.closing:
            self.write(self.made.add_paragraph(), text)
        places = self.made.add_table(rows=1, cols=2)
        places.style = "Table Grid"
        for cell, label in zip(places.rows[0].cells, (words["signature"], words["seal"]), strict=True):
            self.write(cell.paragraphs[0], label, size=8.5)
            for _ in range(4):
                cell.add_paragraph()

    def picture(self, figure: Figure) -> None:
        """A picture under its label, said to whoever does not see it."""
        label = self.made.add_paragraph()
        self.write(label, figure.label, grey=True)
        label.paragraph_format.keep_with_next = True
        paragraph = self.made.add_paragraph()
        shape = paragraph.add_run().add_picture(io.BytesIO(figure.data), width=SCAN if figure.is_page else PORTRAIT)
        shape._inline.docPr.set("descr", figure.label)
        if self.rtl:
            self.mark_rtl(paragraph, paragraph.runs[0])

    def write(self, paragraph: Any, text: str, *, bold: bool = False, size: float = 0, grey: bool = False) -> None:
        """One run; in Arabic with the marks that a reader of right-to-left text needs."""
        run = paragraph.add_run(text)
        run.bold = bold
        if size > 0:
            run.font.size = Pt(size)
        if grey:
            run.font.color.rgb = GREY
        if self.rtl:
            self.mark_rtl(paragraph, run)

    def mark_rtl(self, paragraph: Any, run: Any) -> None:
        """Word orders by these two marks, and takes the font and the weight of complex scripts apart."""
        properties = paragraph._p.get_or_add_pPr()
        if properties.find(qn("w:bidi")) is None:
            properties.append(OxmlElement("w:bidi"))
        of_run = run._r.get_or_add_rPr()
        fonts = of_run.get_or_add_rFonts()
        fonts.set(qn("w:cs"), "Amiri")
        if run.bold:
            of_run.append(OxmlElement("w:bCs"))
        of_run.append(OxmlElement("w:rtl"))

    def field(self, paragraph: Any, name: str) -> None:
        """A field that Word counts by itself."""
        run = paragraph.add_run()
        for kind in ("begin", None, "end"):
            if kind is None:
                element = OxmlElement("w:instrText")
                element.set(qn("xml:space"), "preserve")
                element.text = name
            else:
                element = OxmlElement("w:fldChar")
                element.set(qn("w:fldCharType"), kind)
            run._r.append(element)
