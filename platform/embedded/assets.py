"""``python -m embedded.assets``: style sheets, scripts and language catalogues, built when their sources changed."""

import re
import subprocess
import sys
import time
from pathlib import Path

from embedded import catalogues, node
from embedded.folders import PROJECT, VAR, FolderInUse, owned
from embedded.stamps import Stamp, digest, sources

PACKAGES = ("package.json", "package-lock.json", ".npmrc")
SOURCES = (*PACKAGES, "static_src/**/*", "templates/**/*", "*/templates/**/*", "platform/*/templates/**/*")
CODE_WITH_CLASSES = tuple(
    f"{place}/**/*.py" for place in ("desk", "bookings", "venues", "tenants", "billing", "platform")
)
READY_MADE = (
    "@event-calendar/build/dist/event-calendar.min.js",
    "@event-calendar/build/dist/event-calendar.min.css",
    "chart.js/dist/chart.umd.min.js",
    "jsqr/dist/jsQR.js",
)
"""What packages bring built: copied as it is, below `var/assets/vendor`."""
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
    made = ("app.css", *(f"vendor/{Path(file).name}" for file in READY_MADE))
    missing = not all((VAR / "assets" / name).exists() for name in made)
    if missing or not built.is_current():
        if not installed.is_current():
            _npm("Installing the front end's packages", "ci")
            installed.set()
        _npm("Building the assets", "run", "--silent", "build", "--", "--output", str(VAR / "assets" / "app.css"))
        _copy_ready_made()
        built.set()
    catalogues.compile_all()


def _copy_ready_made() -> None:
    vendor = VAR / "assets" / "vendor"
    vendor.mkdir(parents=True, exist_ok=True)
    for file in READY_MADE:
        # Their maps are not served: collectstatic would look for them.
        text = (PROJECT / "node_modules" / file).read_text()
        (vendor / Path(file).name).write_text(re.sub(r"\n//# sourceMappingURL=.*\s*$", "\n", text))


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
