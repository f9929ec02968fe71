"""A case from an empty form to the end of an agreement: who may do what with it, when, and what is asked. Pure."""
