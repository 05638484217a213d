"""The vault: one SQLite file, one writer, and every line of SQL there is."""
