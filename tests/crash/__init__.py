"""Proofs against losing anything: power cuts, kill -9, full and failing disks."""
