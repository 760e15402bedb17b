"""Addresses that letters give away: a booking's own pages, and where one stops mail that nobody has to get."""

import hashlib

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

from bookings.access import link_token
from bookings.models import Booking
from kernel.errors import NotFound
from schemas.current import current_schema
from schemas.keys import salt
from tenants.addresses import address
from tenants.models import Tenant

PURPOSE = "unsubscribe"


def page_of(booking: Booking, name: str) -> str:
    """The full address of one of a booking's own pages, for mails and for Stripe: who has it may see and pay it."""
    return _full(name, booking.pk, link_token(booking))


def desk_page_of(booking: Booking) -> str:
    """The full address of a booking's page at the desk, for mails to those who work there."""
    return _full("desk-booking", booking.pk)


def digest(to: str) -> str:
    """How an address is remembered of which there is nothing else to know: 64 characters, this tenant's own."""
    return hashlib.sha256(f"{current_schema()}\x1f{to.strip().lower()}".encode()).hexdigest()


def unsubscribe(to: str) -> str:
    """Where who reads mail at this address stops what is not essential; good for this tenant and address only."""
    whose = digest(to)
    return _full("letters-off", whose, signing.Signer(salt=salt(PURPOSE)).signature(whose))


def check_unsubscribe(whose: str, token: str) -> None:
    """Raise `NotFound` unless the link was made for this address by this tenant."""
    try:
        signing.Signer(salt=salt(PURPOSE)).unsign(f"{whose}:{token}")
    except signing.BadSignature:
        raise NotFound("not_found", _("This link leads nowhere.")) from None


def _full(name: str, *parts: object) -> str:
    tenant = Tenant.objects.get(schema_name=current_schema())
    return address(tenant, reverse(name, args=parts, urlconf=settings.ROOT_URLCONF))
