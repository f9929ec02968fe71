"""What patients ask for at the desk, for themselves or for another, alone or with help."""
