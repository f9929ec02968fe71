"""What is held: datasets described, deliveries taken whole or not at all, identifiers kept apart from content."""
