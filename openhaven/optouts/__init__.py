"""What an opt-out list says, how fresh it is, and whom it lets flow. Pure: numbers and days come in as arguments."""
