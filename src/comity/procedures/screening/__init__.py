"""Screening of a flight: who aboard may be whom, and what an officer decided. Nothing of it leaves the node."""

from comity.procedures.screening.second import V2
from comity.procedures.screening.table import V1

PROCEDURES = (V1, V2)
