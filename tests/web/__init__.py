"""Tests of the cashier's page in a real browser."""
