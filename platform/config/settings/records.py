"""What is written to the log, and how loudly each library may speak."""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # Refusals are normal answers; the access log has them.
        "django.request": {"level": "ERROR"},
        "axes": {"level": "ERROR"},
        # It would tell which letters each document has.
        "fontTools": {"level": "ERROR"},
        # It warns of each look at a product's features, which it may not take (billing.mirror.network).
        "djstripe": {"level": "ERROR"},
        # A line for each request and each answer; what fails, the gateway says.
        "stripe": {"level": "WARNING"},
    },
}
