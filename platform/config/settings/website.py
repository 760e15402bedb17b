"""The platform's public site: whether one can sign up, the demo, and who stands behind it."""

import os

from django.core.exceptions import ImproperlyConfigured

SIGN_UP = os.environ.get("SIGN_UP", "open")
if SIGN_UP not in {"open", "closed"}:
    raise ImproperlyConfigured("SIGN_UP is open or closed.")
# The slug of a tenant whose booking page is shown as the live demo; empty for none.
DEMO_TENANT = os.environ.get("DEMO_TENANT", "")

# For imprint, terms and privacy page; lines with a bar between them. What is empty, the pages say is missing.
PLATFORM_EMAIL = os.environ.get("PLATFORM_EMAIL", "")
PLATFORM_PHONE = os.environ.get("PLATFORM_PHONE", "")
PLATFORM_REPRESENTED_BY = os.environ.get("PLATFORM_REPRESENTED_BY", "")
PLATFORM_REGISTER = os.environ.get("PLATFORM_REGISTER", "")
PLATFORM_HOSTING = os.environ.get("PLATFORM_HOSTING", "")
# Where data at rest lie, such as "Frankfurt am Main, Germany": database, its backups, files.
DATA_LOCATION = os.environ.get("DATA_LOCATION", "")
# How many days the oldest backup is kept: for so long it is remembered, by number, who was erased.
BACKUPS_KEPT = int(os.environ.get("BACKUPS_KEPT", "400"))
PLATFORM_PROCESSORS = os.environ.get("PLATFORM_PROCESSORS", "")
