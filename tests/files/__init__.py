"""Reading the files of the till."""
