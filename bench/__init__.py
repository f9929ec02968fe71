"""How fast the main job is, always as a ratio: against a plain DuckDB copy of the same columns, in the same run."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "law"))  # the space of coded facts, and Cedar
