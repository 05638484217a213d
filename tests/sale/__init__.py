"""Tests of the pure room."""
