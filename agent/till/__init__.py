"""What every service stands on: the Till, turns, answers, and beside it the board and the outbox tally."""
