"""Notice: a request to all members, reviewed before it is published. One table; its colours are data."""

from comity.procedures.notice.table import V1

PROCEDURES = (V1,)
