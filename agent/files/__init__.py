"""Files of the till as they lie on the disk, whosever they are. Imports nothing of the agent."""
