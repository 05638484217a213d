"""The till's backend on this machine: HTTP commands, the event stream, the cashier's page."""
