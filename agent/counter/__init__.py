"""The counter: the till thread with its open sale, the questions asked of the cloud, what the page shows."""
