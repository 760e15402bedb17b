"""PostgreSQL, its replica, and each Redis: where they are, and how many connections a process has."""

import os

from psycopg.conninfo import conninfo_to_dict

__all__ = [
    "CACHE_URL",
    "DATABASES",
    "DATABASE_REPLICA_URL",
    "DATABASE_ROUTERS",
    "DATABASE_URL",
    "LIMITS_URL",
    "REDIS_URL",
    "REPLICA_LAG_SECONDS",
]


def database(url: str) -> dict[str, object]:
    """Django's settings for a PostgreSQL URL, sockets included (`?host=/run/postgresql`)."""
    parts = conninfo_to_dict(url)
    known = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    options: dict[str, object] = {str(key): value for key, value in parts.items() if key not in known}
    # Connections are recycled, after many tenants even sooner (`schemas.postgresql`): each remembers all that it met.
    # Who waits longer for a connection is told 503 (R44). Without a pool, PgBouncer does both: a connection that is
    # kept here would keep one of its server connections, for a session has one as long as it lasts.
    if size := int(os.environ.get("DATABASE_POOL", "32")):
        options["pool"] = {"min_size": 0, "max_size": size, "max_lifetime": 1800, "timeout": 2}
    return {
        "ENGINE": "schemas.postgresql",
        **{name: str(parts[key]) for key, name in known.items() if parts.get(key) is not None},
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": False,  # our backend does it better
        "OPTIONS": options,
        "ATOMIC_REQUESTS": False,
    }


def replica(url: str) -> dict[str, object]:
    """The same for a database that is only read."""
    settings = database(url)
    options = {"connect_timeout": 2, **settings["OPTIONS"]}  # type: ignore[dict-item]
    options.pop("pool", None)
    return {**settings, "OPTIONS": options, "READ_ONLY": True, "TEST": {"MIRROR": "default"}}


DATABASE_URL = os.environ.get("DATABASE_URL", "postgresql://postgres@localhost:5432/forecourt")
REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
# What nobody misses: elsewhere than the broker, so that it may throw away.
CACHE_URL = os.environ.get("CACHE_URL", "") or REDIS_URL
# How often what was called, of all web processes together (`rest.counters`).
LIMITS_URL = os.environ.get("LIMITS_URL", "") or CACHE_URL
DATABASES = {"default": database(DATABASE_URL)}
# A streaming replica, for reports, exports and archives (`schemas.replicas`), while it is not too far behind. Those are
# few: each connects for itself, and a host that is gone is known to be in two seconds.
DATABASE_REPLICA_URL = os.environ.get("DATABASE_REPLICA_URL", "")
REPLICA_LAG_SECONDS = float(os.environ.get("REPLICA_LAG_SECONDS", "10"))
if DATABASE_REPLICA_URL:
    DATABASES["replica"] = replica(DATABASE_REPLICA_URL)
DATABASE_ROUTERS = ["schemas.replicas.Router", "django_tenants.routers.TenantSyncRouter"]
