"""What follows from an answer for a row of the outbox: done, again, look first, or for a person. Pure."""
