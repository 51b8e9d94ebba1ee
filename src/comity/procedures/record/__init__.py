"""Record: what a member keeps of its own when the matter that it came from is recalled."""

from comity.procedures.record.table import V1

PROCEDURES = (V1,)
