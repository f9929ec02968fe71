"""Facts of record: what the operator has seen, checked and written down. An application cannot carry one."""
