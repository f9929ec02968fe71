"""What the haven remembers, in one database. Every write is one transaction that also enters it in the log."""
