"""Barcode scanners: `serial_port.SerialScanner` and `evdev_device.EvdevScanner` (keyboards).

Both have one method, `run(stop)`, and call `on_scan` with each ScannedLabel or TornScan.
"""
