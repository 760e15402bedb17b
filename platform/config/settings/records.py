"""What is written to the log, in which form, and how loudly each library may speak."""

from typing import Any

FORMATTERS: dict[str, dict[str, str]] = {
    "plain": {"format": "%(levelname)s %(name)s %(message)s"},
    "json": {"()": "schemas.journal.JsonLines"},
}
# Two lines for each task beside ours (`config.tasklog`).
QUIET_TASKS = {"celery.worker.strategy": {"level": "WARNING"}, "celery.app.trace": {"level": "WARNING"}}


def logging_as(form: str) -> dict[str, Any]:
    """Django's `LOGGING`, as lines of JSON (`json`) or words for people (`plain`)."""
    # A line for each request and task is for those who collect them.
    each = {"level": "INFO" if form == "json" else "WARNING"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"chosen": FORMATTERS[form]},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "chosen"}},
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {
            "config.accesslog": each,
            "config.tasklog": each,
            # Refusals are normal answers; the access log has them.
            "django.request": {"level": "ERROR"},
            "axes": {"level": "ERROR"},
            # It would tell which letters each document has.
            "fontTools": {"level": "ERROR"},
            # It warns of each look at a product's features, which it may not take (billing.mirror.network).
            "djstripe": {"level": "ERROR"},
            # A line for each request and each answer; what fails, the gateway says.
            "stripe": {"level": "WARNING"},
            **(QUIET_TASKS if form == "json" else {}),
        },
    }
