"""v1: paying a booking online, what became of it, and the cards that one keeps."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from billing.gateway.trouble import ProviderTrouble
from billing.payments import attempts, cards
from billing.payments.models import Payment
from bookings import asking, checkout, following
from bookings.access import booking_paid_by, booking_run_by, booking_seen_by
from bookings.api.payment_shapes import CardOut, IntentOut, MoneyOut, PayIn, PayLinkOut, SessionOut, money
from bookings.asking import Payer
from bookings.models import Booking
from kernel.errors import Away
from kernel.money import as_text
from rest.parameters import IDEMPOTENCY
from rest.views import ApiView, OutsideView
from schemas.clock import database_now


def _payer(request: Request) -> Payer:
    body = PayIn(data=request.data)
    body.is_valid(raise_exception=True)
    return Payer(caller(request), keeps_card=body.validated_data["save_card"])


def _money(booking_id: UUID) -> Response:
    booking = Booking.objects.get(pk=booking_id)
    return Response(money(booking, attempts.of_booking(booking_id), database_now()))


@contextmanager
def _or_away(booking: Booking) -> Iterator[None]:
    """503 while Stripe does not answer; `create-payment-intent` alone says 500, as API.md has promised."""
    try:
        yield
    except ProviderTrouble as trouble:
        raise Away(trouble.code, asking.unanswered(booking), trouble.retry_after) from trouble


class IntentView(OutsideView):
    """`/bookings/{id}/create-payment-intent/`."""

    @extend_schema(
        operation_id="bookings_create_payment_intent", request=PayIn, responses=IntentOut, parameters=[IDEMPOTENCY]
    )
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Open a payment of what is due now; asked again it is the same one. 500 where Stripe fails: the hold stays."""
        booking = booking_paid_by(caller(request), booking_id)
        try:
            opened = checkout.start(booking_id, _payer(request))
        except ProviderTrouble as trouble:
            trouble.detail = asking.unanswered(booking)
            raise
        payment = opened.payment
        answer = {
            "client_secret": opened.intent.client_secret,
            "payment_intent_id": opened.intent.id,
            "amount": as_text(payment.amount_minor, payment.currency),
            "currency": payment.currency,
        }
        return Response(answer)


class SessionView(OutsideView):
    """`/bookings/{id}/checkout-session/`."""

    @extend_schema(
        operation_id="bookings_checkout_session", request=PayIn, responses=SessionOut, parameters=[IDEMPOTENCY]
    )
    def post(self, request: Request, booking_id: UUID) -> Response:
        """A page at Stripe to pay what is due now; asked again it is the same one while it is open."""
        booking = booking_paid_by(caller(request), booking_id)
        with _or_away(booking):
            opened = checkout.start_session(booking_id, _payer(request))
        return Response(SessionOut({"url": opened.url, "expires_at": opened.expires_at}).data)


class PaymentsView(ApiView):
    """`/bookings/{id}/payments/`."""

    @extend_schema(operation_id="bookings_payments", responses=MoneyOut)
    def get(self, request: Request, booking_id: UUID) -> Response:
        """The booking's money, and every attempt to pay it online."""
        return _money(booking_seen_by(caller(request), booking_id).pk)


class RefreshView(OutsideView):
    """`/bookings/{id}/payments/refresh/`."""

    @extend_schema(operation_id="bookings_payments_refresh", request=None, responses=MoneyOut, parameters=[IDEMPOTENCY])
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Ask Stripe what became of the payment, apply it, and answer the booking's money: after the card form."""
        booking = booking_seen_by(caller(request), booking_id)
        for payment in attempts.of_booking(booking.pk):
            if payment.state in Payment.UNFINISHED:
                with _or_away(booking):
                    checkout.look(payment.pk)
        return _money(booking.pk)


class PayLinkView(ApiView):
    """`/admin/bookings/{id}/pay-link/`."""

    @extend_schema(operation_id="admin_pay_link", request=None, responses=PayLinkOut, parameters=[IDEMPOTENCY])
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Mail the customer a link to pay what is open. 400 where it cannot be paid online, or there is no address."""
        booking = booking_run_by(caller(request), booking_id)
        to, amount_minor = following.mail_link(booking, database_now())
        amount = as_text(amount_minor, booking.currency)
        return Response({"sent_to": to, "amount": amount, "currency": booking.currency})


class CardsView(ApiView):
    """`/me/cards/`."""

    @extend_schema(operation_id="me_cards_list", responses=CardOut(many=True))
    def get(self, request: Request) -> Response:
        """The cards that the caller keeps here."""
        return Response(CardOut(cards.of_member(caller(request).pk), many=True).data)


class CardView(OutsideView):
    """`/me/cards/{id}/`."""

    @extend_schema(operation_id="me_cards_destroy", responses={204: None}, parameters=[IDEMPOTENCY])
    def delete(self, request: Request, card_id: str) -> Response:
        """Keep it no longer."""
        cards.remove(caller(request).pk, card_id)
        return Response(status=204)
