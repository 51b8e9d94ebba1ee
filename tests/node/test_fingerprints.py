"""A fingerprint file on its way: cleaned where it is attached, taken by the others, and handed out as a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.federation import federation, officer
from tests.formats.test_nist_itl import NAME, WHOLE
from tests.node.test_notice import publish

from comity.errors import InputRefused
from comity.formats.nist_itl import MEDIA, read_nist
from comity.node.action import Order, take_step
from comity.node.query import matter_page
from comity.node.reading import read_attachment
from comity.procedures.form import File
from comity.procedures.notice import V1


def test_fingerprints_of_a_notice_reach_the_others_cleaned(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        data = dict(V1.example["request.submit_red"])
        files = {"prints": (File("prints.an2", WHOLE),)}
        confirmed = frozenset({"P-2.minor"})
        order = Order("notice", "submit_red", "request", data=data, files=files, confirmed=confirmed)
        matter = take_step(world.nodes["QM"], officer("QM"), order, world.now).matter
        world.settle()
        publish(world, matter)
        node = world.nodes["QN"]
        page = matter_page(node, officer("QN"), matter, world.now)
        shown = [p.picture for t in page.tracks for a in t.acts for p in a.parts if p.picture is not None]
        (prints,) = [one for one in shown if one.media == MEDIA]
        media, got = read_attachment(node, officer("QN"), prints.commitment, world.now)
        assert media == MEDIA
        assert [one.kind for one in read_nist(got)] == [1, 4, 14, 9]
        assert NAME not in got


def test_a_file_that_is_no_fingerprint_file_is_refused(tmp_path: Path) -> None:
    with federation(tmp_path) as world:
        data, files = dict(V1.example["request.submit_red"]), {"prints": (File("prints.an2", b"1.001:9\x1dxx"),)}
        order = Order("notice", "submit_red", "request", data=data, files=files, confirmed=frozenset({"P-2.minor"}))
        with pytest.raises(InputRefused):
            take_step(world.nodes["QM"], officer("QM"), order, world.now)
