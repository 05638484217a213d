"""The composition root: builds the till from its settings, starts its threads, watches over them."""
