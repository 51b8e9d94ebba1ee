"""Legal profile: a member's law, told to everybody by its legal officer. One matter for each version."""

from comity.procedures.legal_profile.table import V1

PROCEDURES = (V1,)
