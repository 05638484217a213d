"""pos-agent: a standalone till that never loses a sale."""

__version__ = "0.1.0"
