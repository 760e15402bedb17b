"""Letters speak the tenant's language, whatever the browser, the event or the clock that caused them speaks."""

import pytest
from django.utils.translation import override

from billing.payments.models import BusinessDetails
from bookings import following
from schemas.clock import database_now
from tenants.models import OutgoingMail
from tests.bookings.returning.scene import booked, paid
from tests.bookings.returning.test_disputed import disputed

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("house", "browser", "subject", "amount"),
    [
        ("de", "en", "Rückbuchung: Eine Zahlung für die Buchung {} wird beanstandet", "25,00\xa0€"),
        ("en", "de", "A payment for booking {} is disputed", "€25.00"),
    ],
)
def test_owners_are_written_to_in_the_language_of_their_documents(
    stripe, in_alpha, guest, house, browser, subject, amount
):
    BusinessDetails.objects.update_or_create(pk=1, defaults={"language": house})
    booking, payment = paid(stripe, in_alpha, guest)
    with override(browser):
        disputed(stripe, payment)
    letter = OutgoingMail.objects.get(key__startswith="dispute-opened:")
    assert letter.subject == subject.format(booking.reference_code)
    assert amount in letter.text
    assert letter.language == house


def test_a_customer_is_asked_for_money_in_the_same_language_as_by_the_receipt(in_alpha, guest):
    BusinessDetails.objects.update_or_create(pk=1, defaults={"language": "de"})
    booking = booked(in_alpha, guest)
    with override("en"):
        following.send_link(booking, "asked", database_now())
    letter = OutgoingMail.objects.get(key="asked")
    assert letter.subject == f"Bitte bezahlen Sie 25,00 € für die Buchung {booking.reference_code}"
    assert letter.language == "de"
