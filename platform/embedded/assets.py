"""``python -m embedded.assets``: style sheets, scripts and language catalogues, built when their sources changed."""

import subprocess
import sys
import time

from embedded import catalogues, node
from embedded.folders import PROJECT, VAR, FolderInUse, owned
from embedded.stamps import Stamp, digest, sources

PACKAGES = ("package.json", "package-lock.json", ".npmrc")
SOURCES = (*PACKAGES, "static_src/**/*", "templates/**/*", "*/templates/**/*", "platform/*/templates/**/*")
CODE_WITH_CLASSES = tuple(f"{place}/**/*.py" for place in ("bookings", "venues", "tenants", "billing", "platform"))
PATIENCE = 300.0


class BuildFailed(Exception):
    """The assets could not be built."""


def build() -> None:
    """Bring ``var/assets`` and the catalogues up to date, one process at a time. Raises BuildFailed, NoNode."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with owned(VAR / "assets-build"):
                return _build()
        except FolderInUse as other:
            if time.monotonic() > deadline:
                raise BuildFailed(f"process {other.owner} has been building the assets for too long") from other
            time.sleep(0.2)


def _build() -> None:
    installed = Stamp(PROJECT / "node_modules" / ".forecourt", digest(sources(*PACKAGES)))
    built = Stamp(VAR / "assets-build" / "built", digest(sources(*SOURCES, *CODE_WITH_CLASSES)))
    missing = not (VAR / "assets" / "app.css").exists()
    if missing or not built.is_current():
        if not installed.is_current():
            _npm("Installing the front end's packages", "ci")
            installed.set()
        _npm("Building the assets", "run", "--silent", "build", "--", "--output", str(VAR / "assets" / "app.css"))
        built.set()
    catalogues.compile_all()


def _npm(what: str, *arguments: str) -> None:
    sys.stdout.write(f"{what} ...\n")
    sys.stdout.flush()
    npm = node.npm()
    done = subprocess.run(
        [*npm.command, *arguments], cwd=PROJECT, env=npm.environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise BuildFailed(f"npm {arguments[0]} failed\n{done.stdout}{done.stderr}")


def main() -> int:
    try:
        build()
    except (BuildFailed, node.NoNode) as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
