"""The outbox in a person's hands, on a real till with a real forwarder."""
