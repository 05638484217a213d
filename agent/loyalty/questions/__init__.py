"""What an open sale asks of the cloud, each question answered or declared offline within its budget."""
