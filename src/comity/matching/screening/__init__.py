"""Finding the subjects of a list that may be the one in front of us."""
