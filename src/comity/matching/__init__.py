"""Who might be whom: retrieval and an explainable scorer; it proposes, an officer decides."""
