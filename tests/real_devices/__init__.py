"""One suite for devices on a bench, real ones (make rig RIG=bench.toml) or, without, simulated ones on
wires. The till is a whole one each time; docs/devices.md tells how a bench is written down and what comes
out."""
