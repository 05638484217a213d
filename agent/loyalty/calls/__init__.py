"""The calls to the cloud as values: one builder each, and what they are made of. Nothing here sends."""
