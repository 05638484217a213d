"""The printing room: the spool worker against a real virtual printer."""
