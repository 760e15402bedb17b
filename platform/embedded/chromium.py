"""``python -m embedded.chromium``: print the path of a Chromium for the browser tests, installing one where possible.

Prints nothing and complains loudly where there can be none; with ``CI=true`` that is an error.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NONE = """
****************************************************************************
*  NO BROWSER: Chromium is not here and could not be installed.            *
*  The browser tests can NOT run. Install chromium, or set CHROMIUM=path.  *
****************************************************************************
"""


def find() -> str | None:
    """The first Chromium that starts."""
    return next((path for path in _candidates() if _starts(path)), None)


def install() -> None:
    """Debian's package as root, else Playwright's own browser; failures show on stderr and in what ``find`` says."""
    if os.getuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", "-qq", *arguments], env=quiet, stdout=sys.stderr, check=False)
        if find():
            return
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], stdout=sys.stderr, check=False)


def _candidates() -> Iterator[str]:
    if os.environ.get("CHROMIUM"):
        yield os.environ["CHROMIUM"]
    yield from filter(None, map(shutil.which, NAMES))
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright.chromium.executable_path


def _starts(path: str) -> bool:
    """A browser whose libraries are missing, or a stub that only tells how to install it, does not count."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def main() -> int:
    path = find()
    if path is None:
        sys.stderr.write("Installing Chromium for the browser tests ...\n")
        install()
        path = find()
    if path is None:
        sys.stderr.write(NONE)
        return 1 if os.environ.get("CI") == "true" else 0
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
