"""How they cooperate: the machine that folds acts through tables, and one folder for each procedure."""
