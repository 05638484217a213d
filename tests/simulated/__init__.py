"""The simulated world that demo and tests stand in."""
