"""The counter room: the open sale on its thread, its inbox and board."""
