"""The forwarder, alone, in bulk and as one of a fleet."""
