"""`make run`: everything on this machine, nothing secret."""

import os

from config.settings import limits, statics
from config.settings.base import *  # noqa: F403

DEBUG = os.environ.get("DEBUG", "0") == "1"
# `make run` keeps a random key in var/; a bare `manage.py` makes one that lives as long as the command.
SECRET_KEY = os.environ.get("SECRET_KEY") or os.urandom(32).hex()
VAULT_KEYS = VAULT_KEYS or [SECRET_KEY]
OUTSIDE_ALLOWS_LOOPBACK = True
ALLOWED_HOSTS = ["*"]  # TenantMiddleware answers for known hosts only.
if statics.are_collected(os.environ):
    STORAGES = statics.COLLECTED
else:
    WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
PUBLIC_PORT = os.environ.get("PORT", "8000")
MAILBOX_PAGE = True
DEMO_TENANT = os.environ.get("DEMO_TENANT", "munich")
# `/dev/widget/` of the platform's host shows how a page of somebody else's looks with our pages in it.
EMBEDDING_SITES_OF_DEVELOPERS = [f"http://localhost:{PUBLIC_PORT}"]
# Everybody here is one address. Failures are counted as everywhere.
RATE_LIMITS = limits.chosen(os.environ.get("RATE_LIMITS", ""), limits.generous())
