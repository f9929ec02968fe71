"""Agreements at the desk: drawn up, signed, ended, and what falls due of them."""
