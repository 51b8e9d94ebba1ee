"""For what a holding is looked at or a step is taken. A closed family: a purpose not listed here is none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Purpose:
    """One purpose: its code, what an officer reads, and where it comes from."""

    code: str
    title: str
    source: str


_ALL = (
    Purpose("investigation", "Investigating an offence", "Directive (EU) 2016/680 art. 1(1)"),
    Purpose("border_check", "Checking a traveller at the border", "Regulation (EU) 2016/399 art. 8"),
    Purpose("life_at_risk", "Averting a danger to life", "Directive (EU) 2016/680 art. 10(b)"),
    Purpose("mutual_legal_assistance", "Mutual legal assistance", "UNTOC art. 18"),
    Purpose("extradition", "Extradition and surrender", "European Convention on Extradition art. 12 and 16"),
    Purpose("missing_person", "Finding a missing person", "INTERPOL Rules on the Processing of Data art. 90"),
    Purpose("compliance_review", "Reviewing whether the rules were kept", "Directive (EU) 2016/680 art. 25 and 34"),
    Purpose("administration", "Running the installation", "Comity design rule D-11"),
)

PURPOSES: dict[str, Purpose] = {purpose.code: purpose for purpose in _ALL}
"""Every purpose by its code."""
