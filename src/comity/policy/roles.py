"""In which role an officer sits at the desk. A closed family; roles are given to an account with dates."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Role:
    """One role: its code, what an officer reads, and where it comes from."""

    code: str
    title: str
    source: str


_ALL = (
    Role("duty_officer", "Duty officer", "Budapest Convention art. 35; Directive (EU) 2023/977 art. 14"),
    Role("second_line", "Second line at the border", "Regulation (EU) 2016/399 art. 2(13)"),
    Role("reviewer", "Reviewer", "INTERPOL Rules on the Processing of Data art. 86 and 99"),
    Role("supervisor", "Supervisor of the duty desk", "Domain 02, rules E-04 and E-05; domain 16, section 6"),
    Role("senior_officer", "Senior officer for outgoing answers", "Domain 16, section 4(2)"),
    Role("legal_officer", "Legal officer", "Domain 16, section 2"),
    Role("administrator", "Administrator", "Comity design rule D-11"),
    Role("data_protection_officer", "Data-protection officer", "Directive (EU) 2016/680 art. 32 to 34"),
)

ROLES: dict[str, Role] = {role.code: role for role in _ALL}
"""Every role by its code."""

SERVICE = "service"
"""What another system with a key of its own counts as; no person is given it."""
