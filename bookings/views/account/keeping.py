"""One's data: what is kept, the file to take along, and erasure. For accounts, and by a mailed link for guests."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib.auth import logout
from django.db.models import Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.doors import open_to_all, signed_in
from accounts.models import Role, User
from accounts.recent import is_recent
from bookings import consents
from bookings.access import link_token
from bookings.letters import links
from bookings.models import HoursAccount, Purchase
from bookings.own import erasing, exporting
from bookings.own.wiping import Whose
from bookings.purchases import rows
from bookings.purchases.granting import today
from bookings.views.account import guests, ways
from bookings.views.account.forms import EraseForm
from bookings.views.words import words_for
from rest.limits import EXPORT, admit_visitor
from schemas.clock import database_now
from venues.models import Membership

BAD = 400
SHOWN = 20
"""So many bookings ahead are listed; the own bookings have them all."""
METHODS = ["GET", "HEAD", "POST"]
BY_MAIL = "what was mailed to the address opens it, and this browser's session remembers that"


@dataclass(frozen=True, slots=True)
class Places:
    """Where the pages of an account, or of a guest, are."""

    page: str
    file: str
    erase: str


OWN = Places("own-data", "own-data-file", "own-data-erase")
GUESTS = Places("guest-data", "guest-data-file", "guest-data-erase")
View = Callable[..., Any]


def _again(view: View) -> View:
    """What shows or ends everything asks for a sign-in that is a quarter of an hour old at most."""

    @wraps(view)
    def asked(request: HttpRequest) -> HttpResponse:
        if is_recent(request):
            answer: HttpResponse = view(request)
            return answer
        return ways.sign_in_again(request, OWN.page)

    return asked


def _by_mail(view: View) -> View:
    """Whoever has not pressed a link lately is led to where one is mailed."""

    @wraps(view)
    def known(request: HttpRequest) -> HttpResponse:
        email = guests.address_of(request, database_now())
        if not email:
            return redirect("data-by-mail")
        user = User.objects.filter(email=email, is_active=True).first()
        answer: HttpResponse = view(request, Whose(email, user))
        return answer

    return known


@signed_in
@_again
@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """What is kept of an account, in figures, and what can be done."""
    return _page(request, _own(request), OWN)


@signed_in
@_again
@require_safe
def own_file(request: HttpRequest) -> HttpResponse:
    """All of it, as a file."""
    return _file(request, _own(request))


@signed_in
@_again
@require_http_methods(METHODS)
def erase_own(request: HttpRequest) -> HttpResponse:
    """Exactly what goes and what stays, and the button."""
    return _erase(request, _own(request), OWN)


@open_to_all(BY_MAIL)
@never_cache
@_by_mail
@require_safe
def guest(request: HttpRequest, whose: Whose) -> HttpResponse:
    """As `own`, of an address."""
    return _page(request, whose, GUESTS)


@open_to_all(BY_MAIL)
@never_cache
@_by_mail
@require_safe
def guest_file(request: HttpRequest, whose: Whose) -> HttpResponse:
    """As `own_file`."""
    return _file(request, whose)


@open_to_all(BY_MAIL)
@never_cache
@_by_mail
@require_http_methods(METHODS)
def erase_guest(request: HttpRequest, whose: Whose) -> HttpResponse:
    """As `erase_own`."""
    return _erase(request, whose, GUESTS)


def _own(request: HttpRequest) -> Whose:
    user = ways.member(request)
    return Whose(user.email, user)


def _page(request: HttpRequest, whose: Whose, places: Places) -> HttpResponse:
    now = database_now()
    context = {
        "whose": whose,
        "places": places,
        "count": whose.bookings.count(),
        "ahead": erasing.ahead(whose, now).count(),
        "is_staff": whose.user is not None and whose.user.role != Role.CUSTOMER,
        "agreed": consents.of(whose.bookings, links.digest(whose.email))[:SHOWN],
    }
    return render(request, "account/data.html", context)


def _file(request: HttpRequest, whose: Whose) -> HttpResponse:
    admit_visitor(request, EXPORT)
    now = database_now()
    answer = HttpResponse(exporting.file(whose, now), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="my-data-{now:%Y-%m-%d}.json"'
    return answer


def _erase(request: HttpRequest, whose: Whose, places: Places) -> HttpResponse:
    now = database_now()
    if whose.user is not None and whose.user.role != Role.CUSTOMER:
        return redirect(places.page)
    ahead = erasing.ahead(whose, now).select_related("resource__venue")
    under_way = _under_way(whose)
    form = EraseForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and not ahead.exists() and not under_way:
        erasing.erase(whose)
        guests.forget(request)
        if places is OWN or request.user == whose.user:
            logout(request)
        return render(request, "account/erased.html", {"email": whose.email})
    context = {
        "whose": whose,
        "places": places,
        "form": form,
        "ahead": [(each, words_for(each, now), link_token(each)) for each in ahead[:SHOWN]],
        "more": max(0, ahead.count() - SHOWN),
        "under_way": under_way,
        "is_barred": bool(under_way) or ahead.exists(),
        "lost": _lost(whose, now),
        "comes_back": _comes_back(whose),
    }
    return render(request, "account/erase.html", context, status=BAD if form.errors else 200)


def _under_way(whose: Whose) -> list[Purchase]:
    return list(rows.under_way(whose.user)) if whose.user else []


def _lost(whose: Whose, now: datetime) -> dict[str, object]:
    """What was paid beforehand and could still be used: minutes, and memberships."""
    if whose.user is None:
        return {}
    day = today(now)
    hours = HoursAccount.objects.filter(Q(valid_until=None) | Q(valid_until__gte=day), customer=whose.user)
    members = Membership.objects.filter(Q(valid_until=None) | Q(valid_until__gte=day), user=whose.user)
    return {
        "minutes": hours.aggregate(sum=Sum("minutes_left"))["sum"] or 0,
        "memberships": list(members.select_related("group").order_by("group__name")),
    }


def _comes_back(whose: Whose) -> list[tuple[int, str]]:
    """What is still to be given back of bookings and purchases, in minor units of each currency."""
    sums: dict[str, int] = {}
    owed = list(whose.bookings.filter(refund_due_minor__gt=0).values_list("currency", "refund_due_minor"))
    if whose.user is not None:
        returned = Purchase.objects.filter(customer=whose.user, state=Purchase.State.RETURNED, paid_minor__gt=0)
        owed += returned.values_list("currency", "paid_minor")
    for currency, minor in owed:
        sums[currency] = sums.get(currency, 0) + minor
    return [(minor, currency) for currency, minor in sorted(sums.items())]
