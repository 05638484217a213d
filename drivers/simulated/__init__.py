"""Devices that exist only as bytes on a wire: what the demo plays with and the tests plug in and out."""
