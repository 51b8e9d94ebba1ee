"""Where it is kept: one database per node, the vault's keys in a file of their own, reference lists beside them."""
