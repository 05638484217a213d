"""Bills: booked, returned, given to a customer afterwards, rejected. The rest of the books imports none."""
