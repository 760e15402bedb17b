"""One customer, or one guest: what they booked, paid, owe and have, and what the team knows of them."""

from http import HTTPStatus
from uuid import UUID

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from accounts.models import User
from bookings import duplicates, looks
from bookings.access import MADE_UP, customers_seen_by, waiting_for_staff
from bookings.dossiers import booked_by, counted, dossier, of
from bookings.models import CreditEntry, GiftCredit, Look, Merge, Notice, Purchase, WaitlistEntry
from bookings.purchases.granting import today
from bookings.states import LIVE
from bookings.views.settled import money_of
from bookings.views.words import words_for
from desk.callers import staff
from desk.customers import whom
from desk.customers.forms import JoinForm, NotesForm
from desk.customers.leafing import leaf
from desk.customers.whom import Found
from kernel.errors import NotFound
from schemas.clock import database_now
from venues.access import MANAGES, venues_run_by

PER_PAGE, SHOWN, LATEST = 25, 10, 20


@staff_only
@require_safe
def customer(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Somebody with an account; one that was merged leads to the one that it became."""
    try:
        found = whom.found(request, customer_id)
    except NotFound:
        kept = whom.kept_of(staff(request), customer_id)
        if kept is None:
            raise
        return redirect("desk-customer", kept.pk)
    return page(request, found)


@staff_only
@require_safe
def guest(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Somebody without one, by a booking of theirs; one that became an account's leads there."""
    account = whom.account_of(staff(request), booking_id)
    if account is not None:
        return redirect("desk-customer", account.pk)
    return page(request, whom.found(request, booking_id=booking_id))


def page(request: HttpRequest, found: Found, notes: NotesForm | None = None) -> HttpResponse:
    """The page of either; with notes that were sent and could not be kept, it says why."""
    user, now = staff(request), database_now()
    looks.at_customer(user, found.whom)
    known = dossier(user, found.whom)
    theirs = counted(booked_by(user)).filter(of(found.whom)).select_related("resource__venue")
    leaves = leaf(request, theirs.order_by("-start", "pk"), PER_PAGE)
    ahead = theirs.filter(state__in=LIVE, start__gt=now).order_by("start", "pk")[:SHOWN]
    manages = user.role in MANAGES
    context = {
        "found": found,
        "is_made_up": found.whom.email.endswith(MADE_UP),
        "known": known,
        "file": known.file,
        "page": leaves,
        "history": [(each, words_for(each, now), money_of(each)) for each in leaves.rows],
        "ahead": [(each, words_for(each, now)) for each in ahead],
        "notices": Notice.objects.filter(booking__in=theirs.values("pk")).select_related("booking")[:LATEST],
        "notes": notes or NotesForm(initial={"notes": known.file.notes}),
        "runs": venues_run_by(user).exists(),
        "manages": manages,
        "seen": _seen(found) if manages else None,
    }
    more = _of_account(user, found.whom.customer) if found.whom.customer else _of_guest(user, found)
    status = HTTPStatus.BAD_REQUEST if notes is not None else HTTPStatus.OK
    return render(request, "desk/customers/customer.html", {**context, **more}, status=status)


def _of_guest(user: User, found: Found) -> dict[str, object]:
    with_account = customers_seen_by(user).filter(email=found.whom.email, is_active=True).first()
    return {"with_account": with_account, "from_booking": found.pages[0]}


def _of_account(user: User, account: User) -> dict[str, object]:
    entries = Prefetch("entries", CreditEntry.objects.select_related("booking").order_by("-pk"))
    waiting = waiting_for_staff(user).filter(customer=account).select_related("resource", "product")
    return {
        "account": account,
        "book": _booking_for(account),
        "credits": GiftCredit.objects.filter(customer=account).prefetch_related(entries)[:LATEST],
        "purchases": Purchase.objects.filter(customer=account)[:LATEST],
        "waiting": waiting.filter(state__in=[WaitlistEntry.State.WAITING, WaitlistEntry.State.OFFERED])[:LATEST],
        "merges": Merge.objects.filter(kept=account)[:LATEST],
        "likely": duplicates.of(user, account),
        "join": JoinForm(),
        "today": today(database_now()),
    }


def _booking_for(account: User) -> str:
    """The page to book for them, where there is one."""
    try:
        return f"{reverse('desk-booking-new')}?customer={account.pk}"
    except NoReverseMatch:
        return ""


def _seen(found: Found) -> list[tuple[str, object]]:
    """Who of the team looked, by name, and when."""
    latest = list(looks.of(found.whom)[:LATEST])
    names = User.objects.in_bulk({look.viewer_id for look in latest})
    return [(_viewer(look, names), look) for look in latest]


def _viewer(look: Look, names: dict[int, User]) -> str:
    if look.viewer_id < 0:
        return looks.PLATFORM
    return names[look.viewer_id].name if look.viewer_id in names else ""
