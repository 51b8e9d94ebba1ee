"""Stolen and lost travel documents: what the issuing member reports, and takes back."""

from comity.procedures.travel_document.table import V1

PROCEDURES = (V1,)
