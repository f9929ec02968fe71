"""The steps by which the tables of one format became those of the next."""
