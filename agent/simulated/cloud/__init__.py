"""A loyalty cloud on this machine: a ledger behind the vendor's v1.1 and v2 calls, and faults on a switch.

Four floors, each importing only those below it: serve, trainer, api, books. Nothing here imports the agent:
its tests take this cloud as their oracle.

Where to begin: `serve.server.run_cloud` (own process), `serve.server.running_cloud` (a thread, for tests),
`serve.app.create_cloud` (the bare application).
"""
