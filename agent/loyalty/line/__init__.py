"""The line to the cloud: one exchange under one deadline, signed, and why no answer came."""
