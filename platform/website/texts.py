"""What businesses agree to: the texts as pages show them, and what was shown, kept once for each digest.

A text that somebody has agreed to can be read later as it was (`pages.kept_text`), whatever it says by then.
"""

import hashlib
import html
import re
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.html import strip_tags
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from billing.subscriptions import standing
from tenants import processors
from website import legal
from website.models import AgreedText

LABELS: dict[str, str | Promise] = {
    "terms": _("Terms"),
    "processing": _("Processing agreement"),
    "privacy": _("Privacy"),
}
"""Of the texts, by the names of their pages."""
BREAKS = re.compile(r"</(?:p|h\d|li|ul)>|<br>")


def context() -> dict[str, Any]:
    """What the texts are made of besides their words, in the reader's language."""
    return {
        "operator": legal.operator(),
        "version": legal.version_day(),
        "site_host": settings.BASE_DOMAIN,
        "trial_days": standing.TRIAL.days,
        "grace_days": standing.GRACE.days,
        "processors": processors.processors(),
        "data_location": processors.data_location(),
    }


def read(name: str) -> str:
    """A text in the language of now, without markup, a line for each paragraph."""
    shown = render_to_string(f"platform/website/texts/{name}.html", context())
    lines = html.unescape(strip_tags(BREAKS.sub("\n", shown))).splitlines()
    return "\n".join(line for line in (" ".join(each.split()) for each in lines) if line)


def keep(language: str, now: datetime) -> list[str]:
    """Keep all of them as they are shown in a language; answers their digests, in the order of `LABELS`."""
    with override(language):
        spoken = (get_language() or "en").partition("-")[0]
        rows = [_row(name, spoken, read(name), now) for name in LABELS]
    AgreedText.objects.bulk_create(rows, ignore_conflicts=True)
    return [row.digest for row in rows]


def label(name: str) -> str:
    """What a text is called."""
    return str(LABELS[name])


def _row(name: str, language: str, text: str, now: datetime) -> AgreedText:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return AgreedText(digest=digest, name=name, version=legal.VERSION, language=language, text=text, kept_at=now)
