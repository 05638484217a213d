"""Proof 2: whole days of a till, its counter and its queue, against an oracle of plain arithmetic."""
