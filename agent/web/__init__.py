"""The till's face on this machine: HTTP commands, the event stream, the cashier's page."""
