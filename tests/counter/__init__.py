"""The counter room: the open sale on its thread, whose turn it is, and the board."""
