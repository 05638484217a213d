"""The whole till on its wires: real daemon, pty scanner, TCP printer, HTTP cloud."""
