"""Located: somebody whom a notice may be about was found; gates, custody and papers."""

from comity.procedures.located.table import V1

PROCEDURES = (V1,)
