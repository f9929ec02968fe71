"""The road of a release: steps from (plan, obligations) to (plan, evidence). `road.py` gives their order."""
