"""What writes the pages of docs/reference/ that are made from the code: one module for each kind of page."""
