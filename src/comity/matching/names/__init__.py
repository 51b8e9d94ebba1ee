"""Names as tokens, their rarity, and how alike they are."""
