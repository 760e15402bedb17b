"""The folders under ``var/``: one per set of services, each owned by one process at a time."""

import contextlib
import fcntl
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
VAR = Path(os.environ.get("FORECOURT_VAR", PROJECT / "var")).absolute()
MOST_INSTANCES = 64


class FolderInUse(Exception):
    """Another live process owns this folder's services."""

    def __init__(self, folder: Path, owner: str):
        super().__init__(f"{folder} is in use by process {owner or 'unknown'}")
        self.folder = folder
        self.owner = owner


@contextlib.contextmanager
def owned(folder: Path) -> Iterator[Path]:
    """Own ``folder`` (made if missing) for the length of the block.

    The kernel drops the lock with the process, even after kill -9, so a lock can not be stale.
    Raises FolderInUse.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise FolderInUse(folder, lock.read().strip()) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield folder.resolve()


@contextlib.contextmanager
def owned_or_next(folder: Path) -> Iterator[Path]:
    """Own ``folder``, or while that is in use ``folder-2``, ``folder-3`` and so on."""
    names = [folder, *(folder.with_name(f"{folder.name}-{n}") for n in range(2, MOST_INSTANCES))]
    with contextlib.ExitStack() as stack:
        for name in names:
            with contextlib.suppress(FolderInUse):
                own = stack.enter_context(owned(name))
                break
        else:
            raise FolderInUse(folder, "all of them")
        yield own


def records_of(folder: Path) -> Path:
    """Where the processes of a folder are written down."""
    return folder / "processes"


def secret_key(folder: Path) -> str:
    """The random key of this machine's development installation, made once, readable by its owner alone."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "secret_key"
    if not path.exists():
        # mkstemp makes it 0600; a link appears whole or not at all, and the first one stays.
        descriptor, unfinished = tempfile.mkstemp(dir=folder)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            os.link(unfinished, path)
        os.unlink(unfinished)
    return path.read_text()
