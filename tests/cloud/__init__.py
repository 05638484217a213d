"""The cloud room on a till put together without a process: what it asks, sends, remembers and times."""
