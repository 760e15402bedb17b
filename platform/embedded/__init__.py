"""PostgreSQL and Redis that `make run` and `make test` start by themselves, from wheels, as any user.

    with embedded.services(Path("var/run")) as found:
        found.database_url, found.redis_url

Where DATABASE_URL or REDIS_URL is set, that server is used and none is started for it. Linux only.
"""

from embedded.folders import FolderInUse
from embedded.postgres import PostgresFailed
from embedded.redis import RedisFailed
from embedded.together import Services, services, spare_services

__all__ = ["FolderInUse", "PostgresFailed", "RedisFailed", "Services", "services", "spare_services"]
