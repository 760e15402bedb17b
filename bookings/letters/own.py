"""A tenant's own words for its messages: looking at them, writing them, trying them out, and going back to the house's.

Who may: `venues.access.check_manager`, asked by the faces.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from bookings.letters import composing, liquid, samples, segments, wording
from bookings.letters.kinds import Kind
from bookings.letters.wording import Words
from bookings.models import MessageTemplate
from bookings.models.messages import Channel
from kernel.errors import Invalid, NotFound
from schemas.clock import database_now
from schemas.current import current_schema
from schemas.transactions import transact
from tenants import gate, letterhead, mail
from tenants.models import Tenant

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Place:
    """Which words: of a kind, for a way, in a language."""

    kind: Kind
    channel: Channel
    language: str


@dataclass(frozen=True, slots=True)
class Template:
    """The words that go out now. `is_own` are the tenant's, last changed at `updated_at`; others are the house's."""

    place: Place
    words: Words
    is_own: bool
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What comes out. A short message has no subject and no HTML, but parts that are paid for."""

    subject: str
    text: str
    html: str
    segments: int


def place_of(kind: str, channel: str, language: str) -> Place:
    """The place of three words of an address; raises `NotFound`."""
    known = kind in set(Kind) and language in dict(settings.LANGUAGES)
    if not known or channel not in Kind(kind).channels:
        raise NotFound("not_found", _("There is no such message."))
    return Place(Kind(kind), Channel(channel), language)


def everything() -> list[Template]:
    """The words of every kind, way and language, in the order of the kinds."""
    rows = {(row.kind, row.channel, row.language): row for row in MessageTemplate.objects.all()}
    places = [
        Place(kind, channel, language)
        for kind in Kind
        for channel in kind.channels
        for language, _name in settings.LANGUAGES
    ]
    return [_template(place, rows.get((place.kind, place.channel, place.language))) for place in places]


def read(place: Place) -> Template:
    """The words that go out now."""
    return _template(place, _rows(place).first())


def check(place: Place, words: Words) -> None:
    """Raise `Invalid` for words that cannot be used, with the field and the line: `bad_template`, or one is missing."""
    names = place.kind.placeholders
    if place.channel == Channel.MAIL:
        if not words.subject.strip():
            raise Invalid("subject_required", _("A mail needs a subject."), {"field": "subject"})
        liquid.check(words.subject, names, "subject")
    if not words.body.strip():
        raise Invalid("body_required", _("Without any words there is nothing to send."), {"field": "body"})
    liquid.check(words.body, names, "body")


def alone(place: Place, act: Callable[[], Result]) -> Result:
    """Do something about words that nobody else writes meanwhile."""

    def still() -> Result:
        gate.wait_for_all([f"words:{place.kind}:{place.channel}:{place.language}"])
        return act()

    return transact(still)


def write(place: Place, words: Words, user: User) -> Template:
    """Use a tenant's own words from now on; raises as `check`."""
    check(place, words)
    subject = words.subject.strip() if place.channel == Channel.MAIL else ""

    def act() -> MessageTemplate:
        return MessageTemplate.objects.update_or_create(
            kind=place.kind,
            channel=place.channel,
            language=place.language,
            defaults={
                "subject": subject,
                "body": words.body.replace("\r\n", "\n").strip(),
                "updated_at": database_now(),
                "updated_by_id": user.pk,
            },
        )[0]

    return _template(place, alone(place, act))


def reset(place: Place) -> None:
    """Go back to the house's words; as often as it is called."""
    alone(place, lambda: _rows(place).delete())


def preview(place: Place, words: Words) -> Preview:
    """What words would come out as, for a made-up booking; raises as `check`."""
    check(place, words)
    tenant = Tenant.objects.get(schema_name=current_schema())
    with override(place.language):
        sample = None if place.kind == Kind.SUMMARY else samples.booking(tenant, database_now())
        told = samples.told(place.kind, samples.booking(tenant, database_now()))
        known = composing.placeholders(place.kind, sample, tenant, told)
        try:
            said = composing.render(words, known)
        except liquid.Broken as broken:
            raise Invalid("bad_template", str(broken), {"field": "body", "line": 1}) from None
        if place.channel == Channel.SMS:
            text = segments.plain(said.body)
            return Preview("", segments.cut(text), "", segments.count(text))
        sheet = composing.sheet_of(place.kind, sample, said, known, "" if place.kind.is_essential else "#")
    html = letterhead.html_of(sheet, tenant, place.language)
    return Preview(said.subject, letterhead.text_of(sheet), html, 0)


def send_sample(place: Place, words: Words, user: User) -> None:
    """Mail a made-up letter to the one who asks, at most one a minute; raises as `check`."""
    if place.channel != Channel.MAIL:
        raise Invalid("not_by_mail", _("Only mail can be tried out."))
    shown = preview(place, words)
    now = database_now()
    letter = mail.Letter(
        key=f"sample:{user.pk}:{now:%Y%m%d%H%M}",
        to=user.email,
        subject=_("Test: %(subject)s") % {"subject": shown.subject},
        text=shown.text,
        html=shown.html,
        language=place.language,
    )
    transact(lambda: mail.post(letter, now))


def _rows(place: Place) -> QuerySet[MessageTemplate]:
    return MessageTemplate.objects.filter(kind=place.kind, channel=place.channel, language=place.language)


def _template(place: Place, row: MessageTemplate | None) -> Template:
    if row is None:
        return Template(place, wording.house_words(place.kind, place.channel, place.language), is_own=False)
    return Template(place, Words(row.subject, row.body), is_own=True, updated_at=row.updated_at)
