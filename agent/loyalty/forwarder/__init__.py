"""The thread that drains the outbox, with what it decides on its way: batches, pauses, whose turn it is."""
