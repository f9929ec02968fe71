"""The web service: a face, with no logic of its own. `haven serve` starts `python -m openhaven.web`."""
