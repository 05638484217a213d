"""Everything at once: the real daemon on its wires, and the real page in a real browser."""
