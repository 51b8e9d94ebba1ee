"""Diffusion: a wanted or missing person, told directly to chosen members, reviewed afterwards."""

from comity.procedures.diffusion.second import V2
from comity.procedures.diffusion.table import V1

PROCEDURES = (V1, V2)
