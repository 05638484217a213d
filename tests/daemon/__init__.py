"""The daemon's parts that can be tested without starting it; the whole of it is in hil."""
