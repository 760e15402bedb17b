"""From a kind of message and a booking to what is sent: words, facts, button, calendar entry, and a way out."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from billing.payments import papers
from billing.payments.sheets import REFERENCE
from bookings.letters import links, liquid, segments, values, wording
from bookings.letters.kinds import Kind
from bookings.letters.wording import Words
from bookings.models import Booking, MessageSettings, MessageTemplate
from bookings.models.messages import Channel
from schemas.clock import database_now
from schemas.current import current_schema
from tenants import letterhead, mail
from tenants.letterhead import Sheet
from tenants.mail import Letter
from tenants.models import Tenant

ICS = "ics"
"""The kind of attachment that is a booking's calendar entry: `ics:<booking id>:<method>`."""
CLIPPED = (60, 30, 15)
"""How long names may be in a short message, tried one after the other until it fits."""


def language_of(booking: Booking) -> str:
    """What the customer of a booking reads: what they booked in, else what their account says, or the tenant writes."""
    own = booking.language or (booking.customer.language if booking.customer else "")
    return _known(own) or _known(mail.house_language()) or settings.LANGUAGE_CODE


def letter(
    kind: Kind,
    booking: Booking | None,
    *,
    key: str,
    to: str,
    language: str,
    now: datetime,
    extra: Mapping[str, str] | None = None,
) -> Letter:
    """A letter of this kind, to be posted: in the tenant's brand and words, HTML and text.

    `extra` are the kind's own placeholders that the booking does not say. A daily summary is about no booking.
    Words of the owner's that do not work are replaced by the house's, and the owners told once (at `now`).
    """
    tenant = Tenant.objects.get(schema_name=current_schema())
    with override(language):
        known = placeholders(kind, booking, tenant, extra or {})
        words = _rendered(kind, Channel.MAIL, language, known, now)
        sheet = sheet_of(kind, booking, words, known, "" if kind.is_essential else links.unsubscribe(to))
    return Letter(
        key=key,
        to=to,
        subject=words.subject,
        text=letterhead.text_of(sheet),
        html=letterhead.html_of(sheet, tenant, language),
        attachments=_attached(kind, booking) if booking else (),
        reply_to=_reply_to(booking),
        language=language,
        unsubscribe=sheet.off[1] if sheet.off else "",
    )


def worded(
    words: Words,
    booking: Booking,
    *,
    key: str,
    to: str,
    kind: Kind = Kind.REFUND,
    extra: Mapping[str, str] | None = None,
) -> Letter:
    """A letter in these words and the language that is active, with the facts and the button of a kind.

    The words may name what a kind's may, and what is in `extra`.
    """
    tenant = Tenant.objects.get(schema_name=current_schema())
    known = placeholders(kind, booking, tenant, {}) | dict(extra or {})
    words = render(words, known)
    sheet = sheet_of(kind, booking, words, known, "")
    language = get_language() or settings.LANGUAGE_CODE
    return Letter(
        key=key,
        to=to,
        subject=words.subject,
        text=letterhead.text_of(sheet),
        html=letterhead.html_of(sheet, tenant, language),
        reply_to=_reply_to(booking),
        language=language,
    )


def tell_owners(key: str, words: Words, booking: Booking, now: datetime) -> None:
    """Tell the owners something about a booking, with its facts and a button to its page at the desk."""
    with mail.in_house_language():
        sheet, html = _for_the_team(words, booking)
        mail.tell_owners(key, words.subject, letterhead.text_of(sheet), now, html=html)


def tell_venue(key: str, words: Words, booking: Booking, now: datetime) -> None:
    """As `tell_owners`, to the venue's own address where it has one."""
    to = booking.resource.venue.email
    if not to:
        tell_owners(key, words, booking, now)
        return
    with mail.in_house_language():
        sheet, html = _for_the_team(words, booking)
        mail.post(Letter(f"{key}:venue", to, words.subject, letterhead.text_of(sheet), html), now)


def _for_the_team(words: Words, booking: Booking) -> tuple[Sheet, str]:
    tenant = Tenant.objects.get(schema_name=current_schema())
    known = placeholders(Kind.REFUND, booking, tenant, {})
    sheet = Sheet(
        title=words.subject,
        words=words.body,
        facts=values.facts_of(booking, known),
        button=(_("To the booking at the desk"), links.desk_page_of(booking)),
    )
    return sheet, letterhead.html_of(sheet, tenant, mail.house_language())


def _attached(kind: Kind, booking: Booking) -> tuple[str, ...]:
    """The calendar entry, and with a cancellation for a fee the receipts of what is kept for it."""
    entry = (f"{ICS}:{booking.pk}:{kind.calendar}",) if kind.calendar else ()
    if kind != Kind.CANCELLATION or not booking.fee_minor:
        return entry
    return entry + tuple(f"{REFERENCE}:{paper.pk}" for paper in papers.standing(booking.pk))


def sms(kind: Kind, booking: Booking, *, language: str, extra: Mapping[str, str] | None = None) -> str:
    """A short message of this kind: one line of at most three segments; names are clipped before anything else is."""
    tenant = Tenant.objects.get(schema_name=current_schema())
    with override(language):
        known = placeholders(kind, booking, tenant, extra or {})
        said = ""
        for longest in CLIPPED:
            short = {name: segments.clipped(name, value, longest) for name, value in known.items()}
            said = segments.plain(_rendered(kind, Channel.SMS, language, short, database_now()).body)
            if segments.count(said) <= segments.MOST:
                return said
    return segments.cut(said)


def placeholders(kind: Kind, booking: Booking | None, tenant: Tenant, extra: Mapping[str, str]) -> dict[str, str]:
    """Every placeholder of the kind with its value, in the language that is active; empty where it is not known."""
    known = dict.fromkeys(kind.placeholders, "")
    known |= values.of_business(tenant, values.person(booking) if booking else "")
    if booking is not None:
        known |= values.of_booking(booking) | values.of_kind(kind, booking)
    return known | {name: value for name, value in extra.items() if name in known}


def sheet_of(kind: Kind, booking: Booking | None, words: Words, known: Mapping[str, str], off: str) -> Sheet:
    """What a letter shows around its words, in the language that is active."""
    page = "booking-pay" if kind in {Kind.BALANCE, Kind.REQUEST_ACCEPTED} else "booking"
    label = wording.button(kind)
    return Sheet(
        title=words.subject,
        words=words.body,
        facts=values.facts_of(booking, known) if booking else (),
        button=(label, links.page_of(booking, page)) if booking else None,
        small=_small(booking, known),
        off=(_("No more mails like this one"), off) if off else None,
    )


def _rendered(kind: Kind, channel: str, language: str, known: Mapping[str, str], now: datetime) -> Words:
    own = MessageTemplate.objects.filter(kind=kind, channel=channel, language=language).first()
    if own is not None:
        try:
            return render(Words(own.subject, own.body), known)
        except liquid.Broken as broken:
            _tell_owners(own, str(broken), now)
    return render(wording.house_words(kind, channel, language), known)


def render(words: Words, known: Mapping[str, str]) -> Words:
    """Words with values in place of placeholders; raises `liquid.Broken`."""
    subject = " ".join(liquid.rendered(words.subject, known).split())
    return Words(subject[: mail.LONGEST_SUBJECT], liquid.rendered(words.body, known))


@mail.in_house_language()
def _tell_owners(own: MessageTemplate, why: str, now: datetime) -> None:
    words = {"kind": Kind(own.kind).label, "language": own.language, "why": why}
    subject = _("Your own words for “%(kind)s” do not work") % words
    text = _(
        "Your words for “%(kind)s” (%(language)s) could not be used: %(why)s. The message went out in our words"
        " instead. Please look at them on the page “Templates” of your messages."
    )
    key = f"template:{own.kind}:{own.channel}:{own.language}:{own.updated_at:%Y%m%d%H%M%S}"
    mail.tell_owners(key, subject, text % words, now)


def _small(booking: Booking | None, known: Mapping[str, str]) -> str:
    rows = MessageSettings.objects.filter(pk=MessageSettings.ONLY).values_list("signature", flat=True)
    lines = [rows[0] if rows else ""]
    if booking:
        lines.append(known["venue"])
        lines.append(" · ".join(part for part in (known["address"], known["phone"], known["email"]) if part))
    return "\n".join(line for line in lines if line)


def _reply_to(booking: Booking | None) -> str:
    rows = MessageSettings.objects.filter(pk=MessageSettings.ONLY).values_list("reply_to", flat=True)
    return (rows[0] if rows else "") or (booking.resource.venue.email if booking else "")


def _known(language: str) -> str:
    return language if language in dict(settings.LANGUAGES) else ""
