"""A loyalty cloud on this machine: a ledger behind the vendor's v1.1 and v2 calls, and faults on a switch.

Where to begin: `running.run_cloud` (own process), `running.running_cloud` (a thread, for tests),
`app.create_cloud` (the bare application).
"""
