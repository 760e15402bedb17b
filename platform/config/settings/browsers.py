"""Pages elsewhere that call the API from a browser (CORS): `oauth.browsers` says whose, these say how."""

import re

__all__ = [
    "CORS_ALLOW_CREDENTIALS",
    "CORS_ALLOW_HEADERS",
    "CORS_ALLOW_METHODS",
    "CORS_EXPOSE_HEADERS",
    "CORS_PATHS",
    "CORS_PREFLIGHT_MAX_AGE",
    "CORS_URLS_REGEX",
]

CORS_URLS_REGEX = r"^/(api/|oauth/(token|revoke)/)"
CORS_PATHS = re.compile(CORS_URLS_REGEX)
CORS_ALLOW_CREDENTIALS = False
CORS_ALLOW_METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
CORS_ALLOW_HEADERS = [
    "accept",
    "accept-language",
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "x-booking-token",
]
CORS_EXPOSE_HEADERS = [
    "Content-Disposition",
    "Deprecation",
    "ETag",
    "Idempotency-Replayed",
    "Link",
    "Location",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "Retry-After",
    "Sunset",
    "WWW-Authenticate",
    "X-Total-Count",
]
CORS_PREFLIGHT_MAX_AGE = 600
