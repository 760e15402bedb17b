"""Who carries mail: one setting, `MAIL_PROVIDER`, and the keys that the chosen one needs."""

from collections.abc import Mapping

from django.core.exceptions import ImproperlyConfigured

BACKENDS = {
    "files": "django.core.mail.backends.filebased.EmailBackend",
    "smtp": "django.core.mail.backends.smtp.EmailBackend",
    "sendgrid": "anymail.backends.sendgrid.EmailBackend",
    "mailgun": "anymail.backends.mailgun.EmailBackend",
    "ses": "anymail.backends.amazon_ses.EmailBackend",
    "postmark": "anymail.backends.postmark.EmailBackend",
}
NEEDS = {
    "smtp": ["EMAIL_HOST"],
    "sendgrid": ["SENDGRID_API_KEY", "MAIL_WEBHOOK_SECRET"],
    "mailgun": ["MAILGUN_API_KEY", "MAILGUN_SENDER_DOMAIN", "MAILGUN_WEBHOOK_SIGNING_KEY"],
    "ses": ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "MAIL_WEBHOOK_SECRET"],
    "postmark": ["POSTMARK_SERVER_TOKEN", "MAIL_WEBHOOK_SECRET"],
}
OPTIONS = {
    "sendgrid": ["SENDGRID_API_URL"],
    "ses": ["AWS_SES_URL"],
    "mailgun": ["MAILGUN_API_URL"],
    "postmark": ["POSTMARK_API_URL"],
}
UNTRACKED = {"track_clicks": False, "track_opens": False}
"""A provider that counted clicks would read, and rewrite, the secret links of bookings."""


def chosen(environ: Mapping[str, str]) -> tuple[str, str, dict[str, object]]:
    """The provider, Django's backend for it and Anymail's settings; a missing key is an error that names it."""
    provider = environ.get("MAIL_PROVIDER", "") or ("smtp" if environ.get("EMAIL_HOST") else "files")
    if provider not in BACKENDS:
        known = ", ".join(sorted(BACKENDS))
        raise ImproperlyConfigured(f"MAIL_PROVIDER is {provider!r}; use one of {known}.")
    missing = [name for name in NEEDS.get(provider, []) if not environ.get(name)]
    if missing:
        names = ", ".join(missing)
        raise ImproperlyConfigured(f"MAIL_PROVIDER={provider} needs {names}. docs/operations.md says what it is.")
    return provider, BACKENDS[provider], _anymail(provider, environ)


def carries_alternatives(provider: str) -> bool:
    """Whether a calendar entry can go beside the words; the interfaces of the others know text and HTML alone."""
    return provider not in {"mailgun", "postmark"}


def _anymail(provider: str, environ: Mapping[str, str]) -> dict[str, object]:
    if provider in {"files", "smtp"}:
        return {}
    names = [name for name in (*NEEDS[provider], *OPTIONS.get(provider, [])) if environ.get(name)]
    found: dict[str, object] = {name: environ[name] for name in names}
    found["REQUESTS_TIMEOUT"] = 10
    if secret := found.pop("MAIL_WEBHOOK_SECRET", None):  # `name:password` in the webhook's address
        found["WEBHOOK_SECRET"] = secret
    if provider == "ses":
        names = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
        region, key_id, key = (found.pop(name) for name in names)
        found.pop("AWS_SES_URL", None)
        found["AMAZON_SES_CLIENT_PARAMS"] = {
            "region_name": region,
            "aws_access_key_id": key_id,
            "aws_secret_access_key": key,
            # The clock tries again, and not while a worker waits.
            "config": {"connect_timeout": 5, "read_timeout": 10, "retries": {"total_max_attempts": 1}},
            **({"endpoint_url": environ["AWS_SES_URL"]} if environ.get("AWS_SES_URL") else {}),
        }
    else:
        kept = {"extra_headers": {"X-PM-KeepID": "true"}} if provider == "postmark" else {}  # our own Message-ID
        found[f"{provider.upper()}_SEND_DEFAULTS"] = {**UNTRACKED, **kept}
    return found
