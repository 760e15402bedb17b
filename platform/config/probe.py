"""``python -m config.probe URL``: 0 if the address answers 200, else 1; for a container without curl."""

import http.client
import sys
from urllib.parse import urlsplit

SECONDS = 3.0


def answers(url: str) -> bool:
    """Whether `http://host:port/path` answers 200 within three seconds."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=SECONDS)
    try:
        connection.request("GET", parts.path or "/")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(not answers(sys.argv[1]))
