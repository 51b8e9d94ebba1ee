"""What is allowed: handling, purposes, roles, decisions with rule and reason, policies, and legal profiles."""
