"""On paper and on screen: portraits now; letters and prints join them here."""
