"""Barcode scanners: `serial_port.SerialScanner`, `evdev_device.EvdevScanner` (keyboards) and
`hid_pos.HidPosScanner` (HID POS).

Each has one method, `run(stop)`, and calls `on_scan` with each ScannedLabel or TornScan.
"""
