"""Devices of the till: scanners are started here, and their labels handed to a callable."""
