"""The record of processing of a business (GDPR art. 30(1)), in words: made of facts, it names nothing that is not so.

Legal bases are proposed. They are no advice: the owner decides, and the page says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from desk.privacy.facts import Facts
from desk.privacy.models import ProcessingLine
from tenants.processors import Processor


@dataclass(frozen=True, slots=True)
class Activity:
    """One line of the record. `abroad` says what may leave the EU, and how it is protected; `is_own` is the owner's."""

    name: str
    purpose: str
    persons: str
    data: str
    recipients: str
    abroad: str
    until: str
    basis: str
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Who:
    """Who gets something: names, and those of them that sit outside the EU or may send data there."""

    names: tuple[str, ...] = ()
    abroad: tuple[str, ...] = ()

    @property
    def recipients(self) -> str:
        """In words."""
        return ", ".join(self.names) or _("nobody")

    @property
    def elsewhere(self) -> str:
        """The same of third countries."""
        if not self.abroad:
            return _("none")
        guarded = _("%(names)s: under standard contractual clauses or an adequacy decision")
        return guarded % {"names": ", ".join(self.abroad)}


def made(facts: Facts, own: list[ProcessingLine]) -> list[Activity]:
    """All of them: those that the platform knows of, then the owner's."""
    return [*_known(facts), *(_own(line) for line in own)]


def measures() -> list[str]:
    """What keeps data safe, true of every business."""
    return [
        _("Each business has tables of its own; accounts, sessions and links of one do not exist at another"),
        _("Connections are encrypted; keys to other services are kept sealed"),
        _(
            "Passwords are kept as hashes; two-factor sign-in and passkeys can be used, and owners can require them of"
            " their team"
        ),
        _("Who of a team looked at a customer’s data, and every change of prices and rights, is recorded"),
        _("Letters and logs hold no secrets"),
    ]


def _known(facts: Facts) -> Iterator[Activity]:
    yield _bookings(facts)
    yield _accounts(facts)
    yield _payments(facts)
    yield _messages(facts)
    if facts.calendars or facts.has_feeds:
        yield _calendars(facts)
    if facts.hooks or facts.apps or facts.has_tokens:
        yield _programs(facts)
    if facts.sites:
        yield _widget(facts)
    yield _team(facts)
    yield _archives(facts)


def _who(*found: Processor | None) -> Who:
    there = [each for each in found if each is not None]
    return Who(tuple(each.name for each in there), tuple(f"{each.name} ({each.seat})" for each in there if each.abroad))


def _bookings(facts: Facts) -> Activity:
    who = _who(*facts.watchers)
    return Activity(
        name=_("Bookings"),
        purpose=_("taking bookings, keeping to them, and being able to show what was agreed"),
        persons=_("customers, guests, and those whom they name with a booking"),
        data=_(
            "name, e-mail address, telephone number, what is booked and when, wishes, answers to your questions,"
            " conversation, notes and files of the team, what was agreed to"
        ),
        recipients=who.recipients,
        abroad=who.elsewhere,
        until=_until_over(facts),
        basis=_("contract: Art. 6(1)(b) GDPR"),
    )


def _accounts(facts: Facts) -> Activity:
    who = _who(facts.mail)
    return Activity(
        name=_("Customers’ accounts"),
        purpose=_("letting customers see and change their bookings, and keeping others out"),
        persons=_("customers with an account"),
        data=_("name, e-mail address, telephone number, language, hash of the password, sessions, failed sign-ins"),
        recipients=who.recipients,
        abroad=who.elsewhere,
        until=_(
            "%(account)s after somebody last booked, paid or signed in, or until they have it erased; sessions 14 days,"
            " failed sign-ins 30 days"
        )
        % {"account": facts.account},
        basis=_("contract: Art. 6(1)(b) GDPR; guarding accounts: Art. 6(1)(f) GDPR"),
    )


def _payments(facts: Facts) -> Activity:
    who = _who(facts.stripe)
    online = _("name, e-mail address, amounts, and at Stripe alone the card") if facts.stripe else ""
    return Activity(
        name=_("Payments and documents"),
        purpose=_("getting paid, giving money back, and keeping books"),
        persons=_("customers and guests who pay"),
        data=", ".join(
            part for part in (online, _("what was paid at the venue, invoices, receipts and credit notes")) if part
        ),
        recipients=who.recipients,
        abroad=who.elsewhere,
        until=_(
            "documents and what belongs to them as long as tax law asks; cards at Stripe until the person is erased"
        ),
        basis=_("contract: Art. 6(1)(b) GDPR; duties of law: Art. 6(1)(c) GDPR"),
    )


def _messages(facts: Facts) -> Activity:
    who = _who(facts.mail, facts.texts)
    texts = _("telephone number and text of short messages") if facts.texts else ""
    return Activity(
        name=_("Messages about bookings"),
        purpose=_("confirming, reminding, and telling of changes"),
        persons=_("customers, guests, and the team"),
        data=", ".join(part for part in (_("e-mail address, subject and text of letters"), texts) if part),
        recipients=who.recipients,
        abroad=who.elsewhere,
        until=_("the text until it was sent; to whom, when and the subject 400 days"),
        basis=_("contract: Art. 6(1)(b) GDPR; what can be switched off: Art. 6(1)(f) GDPR"),
    )


def _calendars(facts: Facts) -> Activity:
    names = (*facts.calendars, *([_("programs that read a calendar feed")] if facts.has_feeds else []))
    abroad = tuple(name for name in facts.calendars if name.startswith(("Google", "Microsoft")))
    who = Who(names, abroad)
    return Activity(
        name=_("Calendars elsewhere"),
        purpose=_("keeping calendars of the business and of people in step with bookings"),
        persons=_("customers and guests, people in connected calendars"),
        data=_("what is booked, when and where, and whatever the connection is set up to write"),
        recipients=who.recipients,
        abroad=who.elsewhere,
        until=_("taken away there with the booking, or when the connection ends"),
        basis=_("running the business: Art. 6(1)(f) GDPR"),
    )


def _programs(facts: Facts) -> Activity:
    tokens = _("programs with a token of the team") if facts.has_tokens else ""
    who = Who((*facts.hooks, *facts.apps, *([tokens] if tokens else [])))
    return Activity(
        name=_("Other systems"),
        purpose=_("telling systems that you have chosen of bookings, and letting them book"),
        persons=_("customers and guests"),
        data=_("bookings with name, e-mail address and telephone number, as far as the system may see them"),
        recipients=who.recipients,
        abroad=_("where these systems are is for you to say"),
        until=_("what was told is kept here for 30 days; there, as long as the system keeps it"),
        basis=_("running the business: Art. 6(1)(f) GDPR; where they process for you, an agreement by Art. 28 GDPR"),
    )


def _widget(facts: Facts) -> Activity:
    return Activity(
        name=_("Booking pages inside other sites"),
        purpose=_("letting people book where they are"),
        persons=_("visitors of these sites"),
        data=_("what they type in; a random number for two hours; no cookie"),
        recipients=_("nobody; shown inside %(sites)s") % {"sites": ", ".join(facts.sites)},
        abroad=_("none"),
        until=_("two hours; what was booked, as bookings"),
        basis=_("contract: Art. 6(1)(b) GDPR"),
    )


def _team(facts: Facts) -> Activity:
    who = _who(facts.mail)
    return Activity(
        name=_("The team"),
        purpose=_("giving people access who work here, and being able to show who did what"),
        persons=_("people who work for the business"),
        data=_("name, e-mail address, role, sign-ins, changes they made, whose data they looked at"),
        recipients=who.recipients,
        abroad=who.elsewhere,
        until=_("the account until it is removed; who looked a year; changes as long as the business has its account"),
        basis=_("employment: Art. 6(1)(b) GDPR, Section 26 BDSG; accountability: Art. 5(2) GDPR"),
    )


def _archives(facts: Facts) -> Activity:
    brought = _("files that are brought in are deleted after 30 days; ") if facts.has_imports else ""
    return Activity(
        name=_("Taking data along, and backups"),
        purpose=_("moving to and from other systems, and putting things back after a fault"),
        persons=_("all of the above"),
        data=_("all of the above"),
        recipients=_("nobody"),
        abroad=_("none"),
        until=brought + _("archives of the owner 7 days; backups until they are overwritten"),
        basis=_("portability and security: Art. 20 and 32 GDPR"),
    )


def _until_over(facts: Facts) -> str:
    """How long bookings name somebody."""
    said = _(
        "who booked: %(guest)s after the last time, or until they have it erased; notes, answers and messages:"
        " %(words)s after the booking; times and amounts as long as books are kept"
    )
    return said % {"guest": facts.guest, "words": facts.words}


def _own(line: ProcessingLine) -> Activity:
    return Activity(
        line.name,
        line.what_for,
        line.persons,
        line.which_data,
        line.recipients or _("nobody"),
        line.abroad or _("none"),
        line.until,
        line.basis,
        is_own=True,
    )
