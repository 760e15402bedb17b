"""Production: whatever is missing, or makes no sense, stops the start; everything is named at once."""

import os

from django.core.exceptions import ImproperlyConfigured

from config.settings import demands

if unmet := demands.unmet(os.environ):
    raise ImproperlyConfigured(
        "\n".join(["Set these in the environment (docs/operations.md says what they are):", *unmet])
    )

# A line such as `DATABASE_POOL=` in a file of variables means that there is none.
for demand in demands.DEMANDS:
    if not os.environ.get(demand.name, "set"):
        del os.environ[demand.name]

from config.settings import records, statics  # noqa: E402 - what reads the environment comes after its judge
from config.settings.base import *  # noqa: E402, F403

DEBUG = False
SECRET_KEY = os.environ["SECRET_KEY"]
LOG_FORMAT = os.environ.get("LOG_FORMAT", "json")
LOGGING = records.logging_as(LOG_FORMAT)
# Custom domains belong to tenants, so the database decides which hosts exist: TenantMiddleware.
ALLOWED_HOSTS = ["*"]
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^servingz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
LANGUAGE_COOKIE_SECURE = True
# __Host- cookies cannot be set for, or from, a sibling subdomain (T14).
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_NAME = "__Host-csrf"
STORAGES = statics.COLLECTED
