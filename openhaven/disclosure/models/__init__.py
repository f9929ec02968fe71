"""What a class must satisfy before its rows may be shown, one small class a model, and any of them together.

Two facts about a model make a search sound. `joins`: a class that passes still passes whatever joins it; going up
the lattice then never adds a suppressed row. `merges`: two classes that pass still pass as one; going up then never
breaks a recoding that suppresses nothing. `most_kept` says how many rows of a class *any* finer recoding could keep:
the search prunes by it, so it may be too high and never too low.
"""

from openhaven.disclosure.models.classes_of_rows import DeltaPresence, K, KMap
from openhaven.disclosure.models.closeness import Close, EqualT, HierarchicalT, OrderedT, distance_equal
from openhaven.disclosure.models.demands import Demands, OfPart, worst
from openhaven.disclosure.models.diversity import DistinctL, EntropyL, RecursiveL
from openhaven.disclosure.models.model import SLACK, Model
from openhaven.disclosure.models.over_keys import EverySubset, Subsets

__all__ = [
    "SLACK",
    "Close",
    "DeltaPresence",
    "Demands",
    "DistinctL",
    "EntropyL",
    "EqualT",
    "EverySubset",
    "HierarchicalT",
    "K",
    "KMap",
    "Model",
    "OfPart",
    "OrderedT",
    "RecursiveL",
    "Subsets",
    "distance_equal",
    "worst",
]
