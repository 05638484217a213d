"""The rooms put together, without a process of their own."""
