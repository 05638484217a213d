"""Device drivers of the till: scanners, receipt printers, and their simulated twins.

Nothing here knows the agent; plain data crosses the border.
"""
