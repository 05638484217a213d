"""What a trainer has in hand: faults, the log of calls, and the pages to switch and see them."""
