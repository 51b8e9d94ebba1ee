"""Document hit: somebody shows a document that its issuer reported; the owner of the record is asked first."""

from comity.procedures.document_hit.table import V1

PROCEDURES = (V1,)
