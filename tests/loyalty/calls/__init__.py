"""What is sent, and how it is written."""
