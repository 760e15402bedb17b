"""What erasure would do to somebody, counted: shown before, and the same as what happens (`bookings.own.erasing`)."""

from dataclasses import dataclass

from django.db.models import Q, Sum
from django.db.models.functions import Lower
from django.db.models.lookups import Exact

from billing.payments import cards
from billing.payments.models import Document
from bookings.letters import links, standing
from bookings.models import (
    Answer,
    CustomerFile,
    HoursAccount,
    Notice,
    Participant,
    Purchase,
    StaffNote,
    WaitlistEntry,
)
from bookings.own import erasing
from bookings.own.wiping import Whose
from bookings.purchases import rows
from schemas.clock import database_now
from schemas.current import current_schema
from tenants.models import OutgoingMail
from venues.models import Membership


@dataclass(frozen=True, slots=True)
class Foretold:
    """What stands in the way, what goes, what is lost with it, and what stays.

    `ahead` are bookings to be cancelled first; `bookings` lose name, address, telephone and notes. `listed` are
    people on the lists of these bookings, `elsewhere` entries on the lists of others.
    """

    ahead: int
    is_paying: bool
    bookings: int
    answers: int
    listed: int
    elsewhere: int
    staff_notes: int
    messages: int
    letters: int
    waiting: int
    has_notes: bool
    has_cards: bool
    minutes: int
    memberships: int
    documents: int
    is_blocked: bool
    wants_no_mail: bool

    @property
    def can_go(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.ahead and not self.is_paying


def foretold(whose: Whose) -> Foretold:
    """As it is now."""
    ids, user = whose.bookings.values("pk"), whose.user
    its = Q(booking__in=ids)
    has_address = Exact(Lower("email"), whose.email)
    file = CustomerFile.objects.filter(Q(email=whose.email) | Q(customer=user) if user else Q(email=whose.email))
    bought = Purchase.objects.filter(customer=user).values("pk") if user else Purchase.objects.none().values("pk")
    waits = WaitlistEntry.objects.filter(customer=user, state__in=["waiting", "offered"]) if user else None
    hours = HoursAccount.objects.filter(customer=user).aggregate(sum=Sum("minutes_left"))["sum"] if user else 0
    return Foretold(
        ahead=erasing.ahead(whose, database_now()).count(),
        is_paying=user is not None and rows.under_way(user).exists(),
        bookings=whose.bookings.count(),
        answers=Answer.objects.filter(its).count(),
        listed=Participant.objects.filter(its).count(),
        elsewhere=Participant.objects.filter(has_address).exclude(its).count(),
        staff_notes=StaffNote.objects.filter(its).count(),
        messages=Notice.objects.filter(its | Q(Exact(Lower("to"), whose.email))).exclude(to="").count(),
        letters=OutgoingMail.objects.filter(Exact(Lower("to"), whose.email), schema_name=current_schema()).count(),
        waiting=waits.count() if waits is not None else 0,
        has_notes=file.exclude(notes="").exists(),
        has_cards=user is not None and cards.is_known(user.pk),
        minutes=hours or 0,
        memberships=Membership.objects.filter(user=user).count() if user else 0,
        documents=Document.objects.filter(Q(booking_id__in=ids) | Q(booking_id__in=bought)).count(),
        is_blocked=file.filter(blocked_at__isnull=False).exists(),
        wants_no_mail=standing.reason_of(links.digest(whose.email)) is not None,
    )
