"""What happened: an append-only tree of entries, its proofs, and the checkpoints that witnesses cosign."""
