"""The settings: what is right, and how everything wrong is said at once."""
