"""The settings: TOML and credentials, every error at once with the nearest right key."""
