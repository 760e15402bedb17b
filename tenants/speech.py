"""Money, days, times and lengths in the reader's language. Zones are always named by the caller."""

from collections.abc import Callable
from contextvars import ContextVar
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_interval, format_time, get_timezone_name
from babel.numbers import format_currency, format_decimal, format_percent
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import get_supported_language_variant, parse_accept_lang_header

from kernel.money import as_text

HOUR_MINUTES = 60
DAY_MINUTES = 24 * HOUR_MINUTES
KEPT = 4096
TERRITORY = 2
_written: ContextVar[tuple[str, Locale] | None] = ContextVar("written", default=None)
"""A language, and how the reader of this request writes days, times and numbers in it."""


def asked_for(request: HttpRequest) -> str:
    """The language that whoever sends this chose, or that their browser or program names; empty for none of ours."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    named = [code for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", ""))]
    for code in [chosen, *named]:
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return ""


def locale() -> Locale:
    """Babel's idea of the language that Django has chosen for this request, as the reader's country writes it."""
    code = get_language() or "en"
    written = _written.get()
    return written[1] if written and written[0] == code else _locale(code)


def written_for(request: HttpRequest) -> tuple[str, Locale] | None:
    """The first country that the browser names with the language in use: `en-GB` writes 18:00 and 22 November."""
    code = get_language() or "en"
    for named, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        language, _dash, country = named.partition("-")
        if language == code and len(country) == TERRITORY:
            try:
                return code, _locale(f"{language}-{country.upper()}")
            except (UnknownLocaleError, ValueError):
                continue
    return None


class FormatsMiddleware:
    """Days, times and numbers as the reader's browser asks for them. After Django's own for languages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """For the time of the request."""
        before = _written.set(written_for(request))
        try:
            return self.get_response(request)
        finally:
            _written.reset(before)


# A page says the same few days, times and amounts again and again, and Babel takes its time over each.
@lru_cache(maxsize=64)
def _locale(code: str) -> Locale:
    return Locale.parse(code, sep="-")


@lru_cache(maxsize=KEPT)
def _money(minor: int, currency: str, spoken: Locale) -> str:
    return str(format_currency(as_text(minor, currency), currency, locale=spoken))


@lru_cache(maxsize=KEPT)
def _day(local: date, form: str, spoken: Locale) -> str:
    return str(format_date(local, format=form, locale=spoken))


@lru_cache(maxsize=KEPT)
def _clock(wall: time, spoken: Locale) -> str:
    return _plain(format_time(wall, format="short", locale=spoken))


@lru_cache(maxsize=KEPT)
def _span(start: time, end: time, spoken: Locale) -> str:
    skeleton = "hm" if "a" in spoken.time_formats["short"].pattern else "Hm"
    return _plain(format_interval(start, end, skeleton, locale=spoken))


@lru_cache(maxsize=KEPT)
def _percent(basis_points: int, spoken: Locale) -> str:
    return _plain(str(format_percent(Decimal(basis_points) / 10_000, locale=spoken, decimal_quantization=False)))


@lru_cache(maxsize=KEPT)
def _count(number: int, spoken: Locale) -> str:
    return str(format_decimal(number, "#,##0", locale=spoken))


def money(minor: int, currency: str) -> str:
    """`2500, "EUR"` reads `€25.00` in English and `25,00 €` in German."""
    return _money(minor, currency, locale())


def number(amount: Fraction) -> str:
    """A quantity with at most two decimals: `1.5`, in German `1,5`."""
    return str(format_decimal(Decimal(amount.numerator) / Decimal(amount.denominator), "#,##0.##", locale=locale()))


def day(moment: date | datetime, zone: ZoneInfo | None = None, form: str = "full") -> str:
    """A date, or the local date of an instant: `Sunday, November 22, 2026`. Forms: Babel's, or a pattern."""
    local = moment.astimezone(zone).date() if isinstance(moment, datetime) else moment
    return _day(local, form, locale())


def clock(instant: datetime, zone: ZoneInfo) -> str:
    """Wall time without seconds: `6:00 PM`, `18:00`."""
    return _clock(instant.astimezone(zone).time(), locale())


def wall(at: time) -> str:
    """A time on the clock on the wall, of no day and zone: `6:00 PM`, `18:00`."""
    return _plain(format_time(at, format="short", locale=locale()))


def percent(basis_points: int) -> str:
    """`1250` reads `12.5%`, in German `12,5 %` with a space that does not break."""
    return _percent(basis_points, locale())


def span(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """Two wall times as one says them: `6:00 – 7:30 PM`, `18:00–19:30 Uhr`; another day is named."""
    first, last = start.astimezone(zone), end.astimezone(zone)
    if last.date() != first.date():
        return f"{clock(start, zone)} – {day(end, zone, 'EEE')} {clock(end, zone)}"
    return _span(first.time(), last.time(), locale())


def _plain(text: str) -> str:
    # Babel sets narrow and thin spaces, which many fonts lack.
    return text.replace("\u202f", "\u00a0").replace("\u2009", " ")


def length(minutes: int) -> str:
    """`90` reads `1 h 30 min`; whole days are counted as days."""
    if minutes and minutes % DAY_MINUTES == 0:
        count = minutes // DAY_MINUTES
        return ngettext("%(count)d day", "%(count)d days", count) % {"count": count}
    return hours(minutes)


def hours(minutes: int) -> str:
    """The same of hours that are paid beforehand, which nobody counts in days: `1440` reads `24 h`, `0` `0 h`."""
    whole, rest = divmod(minutes, HOUR_MINUTES)
    parts = [_("%(hours)d h") % {"hours": whole}] if whole or not rest else []
    parts += [_("%(minutes)d min") % {"minutes": rest}] if rest else []
    return " ".join(parts)


def language(code: str) -> str:
    """What the reader calls a language: `de` reads `German`, in German `Deutsch`."""
    return str(locale().languages.get(code, code))


def count(number: int) -> str:
    """How many of something: `2,217`, in German `2.217`."""
    return _count(number, locale())


def zone_name(zone: ZoneInfo, instant: datetime) -> str:
    """What people call the zone at that instant, and its offset: `Central European Standard Time, UTC+1`."""
    local = instant.astimezone(zone)
    return f"{get_timezone_name(local, locale=locale())}, {offset(local)}"


def offset(local: datetime) -> str:
    """`UTC+1`, `UTC-3:30`."""
    distance = local.utcoffset() or timedelta()
    hours, minutes = divmod(abs(distance) // timedelta(minutes=1), HOUR_MINUTES)
    sign = "-" if distance < timedelta() else "+"
    return f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")
