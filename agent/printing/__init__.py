"""From a bill to paper: the spool's worker, and nothing that a sale would wait for."""
