"""The doors for other systems: the screening API in the shapes of yente, and the Reconciliation API 0.2."""
