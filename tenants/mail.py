"""Mail in a tenant's name, or in `public` in the platform's own, each letter once per key.

`post` writes in the caller's transaction; the clock sends (due work "mail"). A worker that dies between sending and
writing so down sends again under the same Message-ID, by which mail servers and programs know the second copy:
at least once on the wire, once for people (RELIABILITY.md, 11). What was sent is not kept: who, when and the subject.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.utils.translation import get_language, override
from django_tenants.utils import get_public_schema_name

from accounts.models import STAFF_ROLES, Role, User
from kernel import failpoints
from schemas.clock import database_now
from schemas.current import current_schema
from schemas.transactions import transact
from tenants import couriers, due, gate
from tenants.envelopes import File, attaches, message, message_id, one_line
from tenants.models import OutgoingMail

__all__ = [
    "File",
    "Letter",
    "attaches",
    "message_id",
    "post",
    "send",
    "tell_owners",
    "when_posted",
    "when_settled",
    "withdraw",
]

log = logging.getLogger(__name__)

KIND = "mail"
LONGEST_SUBJECT = 200
NOWHERE = ".invalid"
"""How addresses end that nobody has (RFC 2606): those of sample data."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to one person. `key` names it within the tenant, such as `receipt:RE-2026-0007`.

    `attachments` are references such as `document:12`, made into files when the letter goes (`attaches`).
    Without a `reply_to`, answers go to the tenant's first owner. `language` defaults to the one that is active.
    Without `html` the text is put on the tenant's letterhead when it goes. `unsubscribe` is the address of a page
    where one stops such letters; a letter without one has to be told, and goes to who wants no mail, too.
    """

    key: str
    to: str
    subject: str
    text: str
    html: str = ""
    attachments: tuple[str, ...] = ()
    reply_to: str = ""
    language: str = ""
    unsubscribe: str = ""


Chooser = Callable[[], str]
_choosers: list[Chooser] = []
Hook = Callable[[str, str, str], None]
_hooks: list[Hook] = []
Note = Callable[["Letter", datetime], None]
_notes: list[Note] = []
Gate = Callable[[str, bool], bool]
_gates: list[Gate] = []
T = TypeVar("T")


def when_settled(hook: Hook) -> Hook:
    """Register a function that hears how a letter ended: `hook(key, state, provider_id)`, in the tenant's schema.

    States are those of `OutgoingMail` but `waiting`; a letter may have several, one after the other. It is called in
    the transaction that writes the state down, more than once for the same news, and only writes to the database.
    """
    _hooks.append(hook)
    return hook


def when_posted(note: Note) -> Note:
    """Register a function that hears of each new letter, in its transaction: `note(letter, now)`."""
    _notes.append(note)
    return note


def asks_first(asks: Gate) -> Gate:
    """Register the function that says whether one may write to an address: `gate(address, is_essential)`."""
    _gates[:] = [asks]
    return asks


def chooses_language(chooser: Chooser) -> Chooser:
    """Register the function that says in which language the tenant whose schema is current writes."""
    _choosers[:] = [chooser]
    return chooser


def house_language() -> str:
    """The language in which the tenant whose schema is current writes."""
    return _choosers[0]() if _choosers else settings.LANGUAGE_CODE


@contextmanager
def in_house_language() -> Iterator[None]:
    """Words for letters: in the tenant's language, whoever's browser, event or clock has caused them.

    Decorates a function, too: `@in_house_language()`.
    """
    with override(house_language()):
        yield


def post(letter: Letter, now: datetime) -> None:
    """Have a letter sent soon, in the caller's transaction; a second one with its key changes nothing.

    An address that nobody could write to is kept as `refused`: what is told must not stop what happened.
    """
    mail, is_new = OutgoingMail.objects.get_or_create(
        schema_name=current_schema(),
        key=letter.key,
        defaults={
            "to": one_line(letter.to)[: OutgoingMail.LONGEST_ADDRESS],
            "language": letter.language or get_language() or settings.LANGUAGE_CODE,
            "subject": one_line(letter.subject)[:LONGEST_SUBJECT],
            "text": letter.text,
            "html": letter.html,
            "attachments": list(letter.attachments),
            "reply_to": letter.reply_to or _first_owner(),
            "unsubscribe": letter.unsubscribe,
            "state": OutgoingMail.State.WAITING if _is_address(letter.to) else OutgoingMail.State.REFUSED,
            "created_at": now,
        },
    )
    for note in _of_tenants(_notes) if is_new else ():
        note(letter, now)
    if is_new and mail.state == OutgoingMail.State.WAITING:
        due.schedule(KIND, mail.pk, now)
    elif is_new:
        told(mail.key, mail.state, "")


def withdraw(key: str) -> bool:
    """Take a letter back that has not gone yet, in the caller's transaction; answers whether there was one.

    What is on the wire at this moment goes.
    """
    waiting = OutgoingMail.objects.filter(schema_name=current_schema(), key=key, state=OutgoingMail.State.WAITING)
    return bool(waiting.delete()[0])


def tell_owners(
    key: str, subject: str, text: str, now: datetime, attachments: tuple[str, ...] = (), html: str = ""
) -> None:
    """Post the same letter to each of the tenant's owners who can sign in."""
    for owner in User.objects.filter(role=Role.OWNER, is_active=True).order_by("pk"):
        post(Letter(f"{key}:{owner.pk}", owner.email, subject, text, html, attachments), now)


@due.handles(KIND, queue=due.Queue.MAIL)
def send(mail_id: str) -> None:
    """Send a letter that waits; one that was sent or refused is left alone. Errors of the way there are raised.

    While the tenant is suspended, letters to others than those who work for it wait (decision 0029).
    """
    mail = OutgoingMail.objects.filter(
        pk=mail_id, schema_name=current_schema(), state=OutgoingMail.State.WAITING
    ).first()
    if mail is None:
        return
    if gate.is_suspended() and not _works_here(mail.to):
        transact(lambda: due.rest(KIND, mail.pk))
        return
    if not all(asks(mail.to, not mail.unsubscribe) for asks in _of_tenants(_gates)):
        _end(mail, OutgoingMail.State.REFUSED)
        return
    made = message(mail)
    try:
        made.send()
    except Exception as error:
        if not couriers.is_lasting(error):
            raise
        log.warning("mail %s was refused: %s", mail.pk, type(error).__name__)
        _end(mail, OutgoingMail.State.REFUSED)
        return
    failpoints.hit("mail.sent")
    _end(mail, OutgoingMail.State.SENT, _provider_id(made) or message_id(mail))


def _works_here(to: str) -> bool:
    return User.objects.filter(email__iexact=to, role__in=STAFF_ROLES, is_active=True).exists()


def _provider_id(made: EmailMultiAlternatives) -> str:
    # Anymail's backends say under which number the provider took it; others do not know the attribute.
    known = getattr(getattr(made, "anymail_status", None), "message_id", None)
    return str(known)[:200] if known else ""


def _end(mail: OutgoingMail, state: str, provider_id: str = "") -> None:
    def act() -> None:
        rows = OutgoingMail.objects.filter(pk=mail.pk)
        rows.update(sent_at=database_now(), text="", html="", provider_id=provider_id)
        # A fast provider's news may be there already, found by our own number.
        if rows.filter(state=OutgoingMail.State.WAITING).update(state=state):
            told(mail.key, state, provider_id)

    transact(act)


def told(key: str, state: str, provider_id: str) -> None:
    """Tell everybody who wants to hear how a letter ended."""
    for hook in _of_tenants(_hooks):
        hook(key, state, provider_id)


def _of_tenants(registered: Sequence[T]) -> Sequence[T]:
    """What tenants keep of letters lies in their schemas: the platform's own letters are none of it."""
    return () if current_schema() == get_public_schema_name() else registered


def _first_owner() -> str:
    owner = User.objects.filter(role=Role.OWNER, is_active=True).order_by("pk").first()
    return owner.email if owner else ""


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= OutgoingMail.LONGEST_ADDRESS and not text.lower().endswith(NOWHERE)
