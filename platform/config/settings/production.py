"""Production: a missing value is an error that names it."""

import os

from django.core.exceptions import ImproperlyConfigured

from config.settings import statics
from config.settings.base import *  # noqa: F403


def required(name: str) -> str:
    """The environment variable, or a refusal to start that says which one is missing."""
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"Set {name} in the environment. docs/operations.md says what it is.")
    return value


DEBUG = False
SECRET_KEY = required("SECRET_KEY")
VAULT_KEYS = [key for key in required("VAULT_KEYS").split(",") if key]
DATABASES = {"default": database(required("DATABASE_URL"))}
REDIS_URL = required("REDIS_URL")
CELERY_BROKER_URL = REDIS_URL
CACHES["default"]["LOCATION"] = REDIS_URL
BASE_DOMAIN = required("BASE_DOMAIN")
if MAIL_PROVIDER in {"files", "smtp"}:
    EMAIL_HOST = required("EMAIL_HOST")
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", f"bookings@{BASE_DOMAIN}")
# Custom domains belong to tenants, so the database decides which hosts exist: TenantMiddleware.
ALLOWED_HOSTS = ["*"]
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
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
