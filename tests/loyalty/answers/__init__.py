"""Answers of the cloud, read."""
