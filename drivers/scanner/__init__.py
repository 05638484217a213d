"""Barcode scanners: serial and keyboard (evdev) devices in, whole labels or torn scans out.

The drivers are `serial_port.SerialScanner` and `evdev_device.EvdevScanner`; both have the one method
`run(stop)` and call `on_scan` with the same values, so what listens never knows which one it hears.
"""
