"""The road: intake, an officer's step, delivery, erasure, clocks. The only place where the parts meet."""
