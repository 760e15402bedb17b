"""All that a tenant holds about somebody, as one file that programs and people can read (GDPR art. 15 and 20).

Money is in minor units of its currency, times are UTC as ISO 8601 has them. Secrets are not in it: keys, tokens and
addresses of feeds open things. One question for each kind of thing, however many there are.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from axes.models import AccessAttempt
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import F, Q, QuerySet

from accounts.models import AccessToken, Passkey
from billing.payments.models import Document, Payment, Refund
from bookings import consents, looks
from bookings.letters import links, standing
from bookings.models import (
    Answer,
    BookingChange,
    BookingEvent,
    BookingExtra,
    BookingFile,
    BookingLine,
    BookingMessage,
    CustomerFile,
    Feed,
    GiftCredit,
    HoursEntry,
    Merge,
    Notice,
    OnSitePayment,
    Participant,
    Purchase,
    Series,
    StaffNote,
    VoucherUse,
    WaitlistEntry,
)
from bookings.models import HoursAccount as Hours
from bookings.own.wiping import Whose
from oauth import people
from schemas.current import current_schema
from tenants.models import OutgoingMail
from venues.models import Membership

BOOKING = (
    *("id", "reference_code", "state", "payment_state", "pending_reason", "payment_way", "start", "end", "time_zone"),
    *("participants", "notes", "name", "email", "phone", "language", "currency", "total_minor", "tax_minor"),
    *("deposit_minor", "credit_minor", "paid_minor", "fee_minor", "refund_due_minor", "cancel_reason", "cancel_notes"),
    *("agent", "created_at", "updated_at", "confirmed_at", "paid_at", "cancelled_at", "checked_in_at", "no_show_at"),
)


def file(whose: Whose, now: datetime) -> bytes:
    """The file: JSON, in UTF-8."""
    told = json.dumps(gathered(whose, now), cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    return told.encode()


def gathered(whose: Whose, now: datetime) -> dict[str, Any]:
    """What there is, by kind."""
    ids = list(whose.bookings.order_by("start", "pk").values_list("pk", flat=True))
    return {
        "about": {"address": whose.email, "made_at": now},
        **_of_account(whose),
        **_of_bookings(whose, ids),
        **_of_money(ids, whose),
        **_of_address(whose, ids),
    }


def _of_account(whose: Whose) -> dict[str, Any]:
    user = whose.user
    if user is None:
        return {}
    profile = ("id", "email", "name", "phone", "language", "role", "created_at", "last_login", "verified_at")
    allowed = people.by_user(user)
    return {
        "profile": {name: getattr(user, name) for name in profile} | {"has_password": user.has_usable_password()},
        "passkeys": _rows(Passkey.objects.filter(user=user), "name", "created_at", "last_used_at"),
        "tokens": _rows(
            AccessToken.objects.filter(user=user),
            "name",
            "prefix",
            "scopes",
            "created_at",
            "last_used_at",
            "expires_at",
        ),
        "apps": [{"name": each.client.name, "scopes": each.scopes, "since": each.since} for each in allowed],
        "calendar_feeds": _rows(Feed.objects.filter(customer=user), "name", "created_at", "revoked_at"),
        "memberships": _rows(
            Membership.objects.filter(user=user), "valid_from", "valid_until", group_name=F("group__name")
        ),
        "hours": _rows(
            Hours.objects.filter(customer=user), "id", "minutes_left", "valid_until", pack_name=F("pack__name")
        ),
        "hours_entries": _rows(
            HoursEntry.objects.filter(account__customer=user), "account_id", "booking_id", "minutes", "at"
        ),
        "gift_credit": _rows(
            GiftCredit.objects.filter(customer=user),
            *("code", "currency", "balance_minor", "valid_until", "created_at"),
        ),
        "merged_accounts": _rows(Merge.objects.filter(kept=user), "email", "bookings", "at"),
        "purchases": _rows(
            Purchase.objects.filter(customer=user),
            *("id", "reference", "name", "state", "price_minor", "paid_minor", "currency", "minutes", "first_day"),
            *("last_day", "created_at", "paid_at", "ended_at"),
        ),
        "series": _rows(
            Series.objects.filter(customer=user),
            "id",
            "rule",
            "first",
            "minutes",
            "created_at",
            space=F("resource__name"),
        ),
        "waiting_list": _rows(
            WaitlistEntry.objects.filter(customer=user),
            *("state", "earliest", "latest", "minutes", "participants", "created_at"),
            space=F("resource__name"),
        ),
    }


def _of_bookings(whose: Whose, ids: list[Any]) -> dict[str, Any]:
    its: dict[str, Any] = {"booking__in": ids}
    changes = BookingChange.objects.filter(event__booking__in=ids)
    return {
        "bookings": _rows(
            whose.bookings.order_by("start", "pk"),
            *BOOKING,
            space=F("resource__name"),
            venue=F("resource__venue__name"),
        ),
        "participants": _rows(Participant.objects.filter(**its), "booking_id", "name", "email"),
        "named_in_bookings_of_others": _rows(
            Participant.objects.filter(email__iexact=whose.email).exclude(**its), "name", "email"
        ),
        "answers": _rows(Answer.objects.filter(**its), "booking_id", "value", question=F("field__label")),
        "extras": _rows(BookingExtra.objects.filter(**its), "booking_id", "quantity", extra=F("product__name")),
        "price_lines": _rows(BookingLine.objects.filter(**its), "booking_id", "label", "amount_minor"),
        "vouchers": _rows(
            VoucherUse.objects.filter(**its), "booking_id", "amount_minor", voucher_name=F("voucher__name")
        ),
        "notes_of_the_team": _rows(StaffNote.objects.filter(**its), "booking_id", "text", "at"),
        "conversation": _rows(BookingMessage.objects.filter(**its), "booking_id", "side", "text", "at"),
        "files_of_the_team": _rows(BookingFile.objects.filter(**its), "booking_id", "name", "kind", "size", "at"),
        "history": _rows(
            BookingEvent.objects.filter(**its), "booking_id", "at", "act", "actor_kind", "from_state", "to_state", "why"
        ),
        "changes": _rows(changes, "field", "before", "after", booking=F("event__booking_id"), at=F("event__at")),
    }


def _of_money(ids: list[Any], whose: Whose) -> dict[str, Any]:
    bought = list(Purchase.objects.filter(customer=whose.user).values_list("pk", flat=True)) if whose.user else []
    its: dict[str, Any] = {"booking_id__in": [*ids, *bought]}
    return {
        "payments": _rows(
            Payment.objects.filter(**its), "booking_id", "purpose", "state", "amount_minor", "currency", "created_at"
        ),
        "payments_at_the_venue": _rows(
            OnSitePayment.objects.filter(Q(booking__in=ids) | Q(purchase__in=bought)),
            *("booking_id", "purchase_id", "way", "amount_minor", "at"),
        ),
        "refunds": _rows(Refund.objects.filter(**its), "booking_id", "state", "reason", "amount_minor", "created_at"),
        "documents": _rows(
            Document.objects.filter(**its),
            *(
                "number",
                "kind",
                "booking_id",
                "issued_at",
                "currency",
                "total_minor",
                "tax_minor",
                "buyer",
                "buyer_email",
            ),
        ),
    }


def _of_address(whose: Whose, ids: list[Any]) -> dict[str, Any]:
    mine = Q(email=whose.email) | Q(customer=whose.user) if whose.user else Q(email=whose.email)
    letters = OutgoingMail.objects.filter(schema_name=current_schema(), to__iexact=whose.email)
    return {
        "what_the_team_noted": _rows(CustomerFile.objects.filter(mine), "email", "notes", "blocked_at", "block_reason"),
        "messages": _rows(
            Notice.objects.filter(Q(booking__in=ids) & ~Q(to="")), "kind", "channel", "to", "state", "due_at", "sent_at"
        ),
        "letters": _rows(letters, "to", "subject", "state", "created_at", "sent_at"),
        "agreed_to": _rows(
            consents.of(whose.bookings, links.digest(whose.email)),
            *("at", "what", "is_given", "booking_id"),
            shown=F("text__text"),
        ),
        "who_of_the_team_looked": looks.told(whose.email, whose.user),
        "wants_no_mail": standing.reason_of(links.digest(whose.email)),
        "failed_sign_ins": _rows(
            AccessAttempt.objects.filter(username__iexact=whose.email), "attempt_time", "ip_address", "user_agent"
        ),
    }


def _rows(found: QuerySet[Any], *names: str, **named: F) -> list[Mapping[str, Any]]:
    return list(found.values(*names, **named))
