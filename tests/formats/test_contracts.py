"""Every member of the registry of formats keeps the same promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from comity.errors import InputRefused
from comity.formats import FORMATS, Format, Manifest, Reading, detect, format_named
from comity.model.entity import entity_defects

NOW = datetime(2026, 11, 22, 2, 13, tzinfo=UTC)
each = pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)


def bare(reading: Reading) -> tuple[object, ...]:
    """A reading without what depends on the way it was written: segment numbers, notices, filing defects."""

    def plain(manifest: Manifest) -> Manifest:
        travellers = tuple(replace(one, place=0) for one in manifest.travellers)
        return replace(manifest, travellers=travellers, filing_defects=())

    return reading.entities, tuple(plain(one) for one in reading.manifests)


def test_names_titles_and_docs_are_unique() -> None:
    for values in ([f.name for f in FORMATS], [f.title for f in FORMATS], [f.docs for f in FORMATS]):
        assert len(set(values)) == len(values)
        assert all(value.strip() != "" for value in values)


@each
def test_example_reads_without_a_word(form: Format) -> None:
    reading = form.read(form.example, NOW)
    assert len(reading.entities) > 0
    assert reading.notices == ()
    assert all(manifest.is_complete for manifest in reading.manifests)


@each
def test_example_gives_valid_entities(form: Format) -> None:
    trees = form.read(form.example, NOW).entities
    assert [defect for tree in trees for defect in entity_defects(tree)] == []


@each
def test_example_is_told_by_its_content(form: Format) -> None:
    name, data = next(iter(form.example.items()))
    assert detect(name, data) is form


@each
def test_write_then_read_is_the_identity(form: Format) -> None:
    if form.write is None:
        assert form.name in ("csv", "mrz", "pnrgov", "pnrgov_xml")  # read, never written: others' messages about people
        return
    reading = form.read(form.example, NOW)
    assert bare(form.read(form.write(reading), NOW)) == bare(reading)


@each
@pytest.mark.parametrize("data", [b"", b"\n", b"\x1a", b"\xff\xfe\x00", b"{", b"UNH", b'"'])
def test_rubbish_is_refused_with_the_file_named(form: Format, data: bytes) -> None:
    name = next(iter(form.example))
    with pytest.raises(InputRefused) as refused:
        form.read({name: data}, NOW)
    assert len(refused.value.defects) > 0
    assert any(defect.file == name for defect in refused.value.defects)
    assert all(defect.rule != "" and defect.says != "" and defect.remedy != "" for defect in refused.value.defects)


def test_unknown_format_is_refused_by_name() -> None:
    assert format_named("ofac-sdn") is format_named("ofac_sdn")
    with pytest.raises(InputRefused, match="no format 'docx'"):
        format_named("docx")


def test_unknown_content_is_refused() -> None:
    with pytest.raises(InputRefused):
        detect("notes.txt", b"Dear colleague,\n")
