"""The simulated world: the loyalty cloud, demo data and a scripted shopper, for demo and tests."""
