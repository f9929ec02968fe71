"""The law: provisions and dated numbers as data, rules as small cited functions, one decision, and its explanation."""

from .deciding import decide
from .explaining import explain
from .letters import Letter, Sender, letter
from .provisions import provision
from .ruleset import RULESET
from .turning import Turning, turning

__all__ = ["RULESET", "Letter", "Sender", "Turning", "decide", "explain", "letter", "provision", "turning"]
