"""What there is: acts and their parts, tracks, entities and the statements about them. Pure values."""
