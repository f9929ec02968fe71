"""The nouns: frozen, and checked when they are made. Knows nobody else."""
