"""The wire: one file per group of calls, the envelopes of their answers, and who may call."""
