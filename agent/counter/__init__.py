"""The counter: the open sale and whose turn it is, the questions asked of the cloud, what the page shows."""
