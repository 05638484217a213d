"""Bodies of requests, checked and brought into one form before anything is booked."""
