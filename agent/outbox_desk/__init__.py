"""The outbox in a person's hands: show, retry, waive, settle, export."""
