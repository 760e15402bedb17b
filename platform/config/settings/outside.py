"""Calendars of others: who we are at Google and Microsoft, and where those are. Neither is offered without an id."""

import os

__all__ = [
    "GOOGLE_API_URL",
    "GOOGLE_CLIENT_ID",
    "GOOGLE_CLIENT_SECRET",
    "GOOGLE_OAUTH_URL",
    "GOOGLE_TOKEN_URL",
    "MICROSOFT_API_URL",
    "MICROSOFT_CLIENT_ID",
    "MICROSOFT_CLIENT_SECRET",
    "MICROSOFT_OAUTH_URL",
]

GOOGLE_CLIENT_ID = os.environ.get("GOOGLE_CLIENT_ID", "")
GOOGLE_CLIENT_SECRET = os.environ.get("GOOGLE_CLIENT_SECRET", "")
GOOGLE_API_URL = os.environ.get("GOOGLE_API_URL", "https://www.googleapis.com/calendar/v3")
GOOGLE_OAUTH_URL = os.environ.get("GOOGLE_OAUTH_URL", "https://accounts.google.com/o/oauth2/v2/auth")
GOOGLE_TOKEN_URL = os.environ.get("GOOGLE_TOKEN_URL", "https://oauth2.googleapis.com/token")
MICROSOFT_CLIENT_ID = os.environ.get("MICROSOFT_CLIENT_ID", "")
MICROSOFT_CLIENT_SECRET = os.environ.get("MICROSOFT_CLIENT_SECRET", "")
MICROSOFT_API_URL = os.environ.get("MICROSOFT_API_URL", "https://graph.microsoft.com/v1.0")
# `common` lets people of any organisation in, and private accounts; an organisation's own id lets in its people alone.
MICROSOFT_OAUTH_URL = os.environ.get("MICROSOFT_OAUTH_URL", "https://login.microsoftonline.com/common/oauth2/v2.0")
