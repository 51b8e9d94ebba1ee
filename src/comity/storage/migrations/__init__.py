"""Every change of the tables, in order; each is tested with data."""
