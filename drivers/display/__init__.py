"""Customers' displays of two lines: text in, bytes out, and the one that writes them."""
