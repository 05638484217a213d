"""What only tests need: strategies, example sales, child processes."""
