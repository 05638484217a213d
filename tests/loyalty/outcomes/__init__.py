"""What follows from an answer, as tables."""
