"""What regulars buy: the page of packs and memberships, and what somebody has of them."""

import re
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import open_to_all, signed_in
from accounts.models import User
from billing import accounts
from billing.gateway.trouble import Unavailable
from billing.payments.models import Document
from bookings import buying
from bookings.access import hours_of
from bookings.models import HoursAccount, HoursEntry, Purchase
from bookings.purchases import rows, shelf
from bookings.purchases.granting import today
from bookings.purchases.rows import purchases_of
from bookings.views.catalogue import private
from kernel.errors import NotFound
from rest.fields import BIGINT_MAX
from schemas.clock import database_now
from schemas.current import current_tenant
from venues.models import Membership

MOST_ENTRIES = 100
"""So many movements of a pack are shown, the newest first."""
MOST_PURCHASES = 100
ID = re.compile(r"[0-9]{1,19}")


@open_to_all("what is on sale is for everybody to see")
@require_safe
@private
def packs(request: HttpRequest) -> HttpResponse:
    """What is on sale: hours, their price, where and how long they are good; memberships and what they bring."""
    on_sale = shelf.shelf()
    payable = {currency for currency in _currencies(on_sale) if _takes_cards(currency)}
    is_open = current_tenant().takes_new_bookings
    context = {"shelf": on_sale, "payable": payable if is_open else set()}
    return render(request, "packs/shelf.html", context)


@signed_in
@require_POST
def buy(request: HttpRequest) -> HttpResponse:
    """Begin to buy a pack or a membership, or go on with what was begun; then it is paid."""
    pack_id, plan_id = _number(request.POST.get("pack", "")), _number(request.POST.get("plan", ""))
    if (pack_id is None) == (plan_id is None):
        raise NotFound("not_on_sale", _("This is not on sale."))
    purchase = buying.begin(_member(request), pack_id, plan_id)
    return redirect("purchase-pay", purchase.pk)


@dataclass(frozen=True, slots=True)
class Held:
    """A pack of somebody's: whether it is over, where it is good (nothing: everywhere), and what happened to it."""

    account: HoursAccount
    is_over: bool
    places: list[str]
    entries: list[HoursEntry]


@signed_in
@require_safe
def own_packs(request: HttpRequest) -> HttpResponse:
    """Hours that are left with every movement, memberships, and what was paid for them."""
    user, day = _member(request), today(database_now())
    held = [_held(account, day) for account in _accounts(user)]
    members = Membership.objects.filter(user=user).select_related("group").order_by("group__position", "group__name")
    bought = list(purchases_of(user)[:MOST_PURCHASES])
    context = {
        "running": [each for each in held if not each.is_over],
        "over": [each for each in held if each.is_over],
        "members": [(each, _stands(each, day)) for each in members],
        "bought": [(each, papers) for each, papers in zip(bought, _papers(bought), strict=True)],
        "under_way": list(rows.under_way(user)),
        "is_on_sale": not shelf.is_empty(),
    }
    return render(request, "packs/own.html", context)


def _accounts(user: User) -> list[HoursAccount]:
    accounts_of = hours_of(user).select_related("pack").prefetch_related("pack__resources")
    return list(accounts_of.order_by("-created_at", "-pk"))


def _held(account: HoursAccount, day: date) -> Held:
    entries = account.entries.select_related("booking__resource").order_by("-pk")[:MOST_ENTRIES]
    is_over = not account.minutes_left or bool(account.valid_until and account.valid_until < day)
    return Held(account, is_over, [resource.name for resource in account.pack.resources.all()], list(entries))


def _stands(member: Membership, day: date) -> str:
    if member.valid_until is not None and member.valid_until < day:
        return "over"
    return "later" if member.valid_from is not None and member.valid_from > day else "now"


def _papers(bought: list[Purchase]) -> list[list[Document]]:
    found: dict[UUID, list[Document]] = {each.pk: [] for each in bought}
    for paper in Document.objects.filter(booking_id__in=found, is_of_purchase=True).order_by("pk"):
        found[paper.booking_id].append(paper)
    return list(found.values())


def _currencies(on_sale: shelf.Shelf) -> set[str]:
    return {pack.currency for pack, _hour in on_sale.packs} | {plan.currency for plan in on_sale.plans}


def _takes_cards(currency: str) -> bool:
    try:
        accounts.charging(current_tenant(), currency)
    except Unavailable:
        return False
    return True


def _number(text: str) -> int | None:
    return int(text) if ID.fullmatch(text) and int(text) <= BIGINT_MAX else None


def _member(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
