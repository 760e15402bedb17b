"""Tests: as production where it matters, cheap where it does not."""

import os
from pathlib import Path

from config.settings import limits, statics
from config.settings.base import *  # noqa: F403
from kernel import failpoints

DEBUG = False
SECRET_KEY = os.environ.get("SECRET_KEY", "of no worth: tests only")
VAULT_KEYS = [SECRET_KEY]
OUTSIDE_ALLOWS_LOOPBACK = True
# Nobody, but in tests that bring a name server.
DNS_RESOLVERS = [each for each in os.environ.get("DNS_RESOLVERS", "127.0.0.1").split(",") if each]
DNS_PORT = int(os.environ.get("DNS_PORT", "9"))
DNS_SECONDS = float(os.environ.get("DNS_SECONDS", "0.2"))
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Nobody meets a limit, but who sets one.
RATE_LIMITS = limits.chosen(os.environ.get("RATE_LIMITS", ""), limits.generous(limits.VOLUMES | limits.FAILURES))
if statics.are_collected(os.environ):
    STORAGES = statics.COLLECTED
else:
    WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True

if folder := os.environ.get("FAILPOINTS"):
    failpoints.arm(Path(folder))
