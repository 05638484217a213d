"""Certificates of every sort a till may meet, made on the spot with openssl."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

_SETTINGS = """\
[ca]
default_ca = shop
[shop]
database = {folder}/index.txt
rand_serial = yes
new_certs_dir = {folder}
default_md = sha256
policy = any
x509_extensions = what
[any]
commonName = supplied
[what]
basicConstraints = CA:TRUE
subjectAltName = {name}
"""


def certificate_for(folder: Path, name: str = "IP:127.0.0.1", until: str = "20991231000000Z") -> Path:
    """A self-signed certificate with its key in one file; name.crt beside it is the certificate alone."""
    if shutil.which("openssl") is None:
        pytest.skip("making a certificate needs the openssl program")
    (folder / "index.txt").write_text("")
    (folder / "settings").write_text(_SETTINGS.format(folder=folder, name=name))
    key, asked, made = folder / "key", folder / "asked", folder / "till.pem.crt"
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    _openssl("req", "-new", *curve, "-keyout", key, "-out", asked, "-subj", "/CN=the cloud")
    dates = ("-startdate", "20200101000000Z", "-enddate", until)
    _openssl(
        *("ca", "-batch", "-selfsign", "-config", folder / "settings", *dates),
        *("-keyfile", key, "-in", asked, "-out", made, "-notext"),
    )
    both = folder / "till.pem"
    both.write_bytes(key.read_bytes() + made.read_bytes())
    return both


def _openssl(*words: str | Path) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
