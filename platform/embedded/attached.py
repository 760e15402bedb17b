"""``python -m embedded.attached COMMAND ...``: a command on the data of ``make run``, whether that runs or not."""

import contextlib
import json
import os
import subprocess
import sys

from embedded.folders import FolderInUse
from embedded.run import FOLDER, environment_for
from embedded.stripe_sandbox import stripe
from embedded.together import services


def main(command: list[str]) -> int:
    with contextlib.ExitStack() as stack:
        try:
            port = int(os.environ.get("PORT", "8000"))
            found, sandbox = stack.enter_context(services(FOLDER)), stack.enter_context(stripe(FOLDER, port))
            environment = environment_for(found, sandbox, port)
        except FolderInUse:
            environment = {**os.environ, **json.loads((FOLDER / "environment.json").read_text())}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
