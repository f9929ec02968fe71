"""How fast the main job is, always as a ratio: against a plain DuckDB copy of the same columns, in the same run."""
