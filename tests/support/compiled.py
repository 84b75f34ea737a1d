"""Small libraries in C, for what Python cannot do, or not soon enough."""

import subprocess
from pathlib import Path


def compiled(source: Path, folder: Path) -> Path:
    """The shared library of one file, made in a folder."""
    library = folder / source.with_suffix(".so").name
    options = ("-shared", "-fPIC", "-O2", "-Wall", "-Werror")
    subprocess.run(["cc", *options, "-o", str(library), str(source), "-ldl"], check=True)
    return library
