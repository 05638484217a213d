"""The tests, in the same rooms as the code; rig/ is what only tests need."""
