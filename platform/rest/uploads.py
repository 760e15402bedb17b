"""How much of a file is taken in: one that is longer is cut, so that whoever reads it says so in a sentence."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class BoundedUpload(FileUploadHandler):
    """Passes on `FILE_UPLOAD_MOST` bytes of each file and one more; a body of twice that is not read at all.

    `DATA_UPLOAD_MAX_MEMORY_SIZE` says nothing of files. The one byte more tells those who look that a file was longer.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._taken = 0

    def handle_raw_input(self, *given: Any, **kwargs: Any) -> None:
        """Refuse what is far too much by what it says of itself, with 413 (400 on pages)."""
        _body, _headers, length, *_rest = given
        if length > 2 * settings.FILE_UPLOAD_MOST:
            raise RequestDataTooBig

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Count from the beginning."""
        super().new_file(*args, **kwargs)
        self._taken = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """As much as there is room for; nothing once that is full."""
        room = settings.FILE_UPLOAD_MOST + 1 - self._taken
        self._taken += len(raw_data)
        return raw_data[:room] if room > 0 else None

    def file_complete(self, file_size: int) -> None:
        """The file is made by the handlers behind this one."""
        return
