"""Message: a question or an answer between points of contact, with a clock on each."""

from comity.procedures.message.table import V1

PROCEDURES = (V1,)
