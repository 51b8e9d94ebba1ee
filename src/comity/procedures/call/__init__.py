"""Call: a telephone call as it happened."""

from comity.procedures.call.table import V1

PROCEDURES = (V1,)
