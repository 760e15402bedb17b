"""What must be true of money after every run: the sandbox's ledger held against a tenant's rows (I3-I6, I14).

Asked in SQL of its own, not through the product's code, so that it does not follow a mistake. Amounts are minor units;
in the currencies of the tests Stripe counts in the same.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

PLATFORM = "acct_1SandboxPlatform"
KINDS = "payment_intent,charge,refund,dispute,application_fee,transfer,balance_transaction"
GIVEN_UP = frozenset({"cancelled", "expired", "no_show"})
TAKEN = frozenset({"pending", "succeeded"})
INQUIRY = "warning_"

Json = dict[str, Any]
State = dict[str, dict[str, list[Json]]]
Ask = Callable[[str], list[tuple[Any, ...]]]

PAYMENTS = """
SELECT id::text, booking_id::text, purpose, state, amount_minor, fee_minor, currency, charge_type, account_id,
    intent_id, refunded_minor, applied_at IS NOT NULL AS is_applied, returned_at IS NOT NULL AS is_returned
FROM payments_payment ORDER BY created_at, number
"""
REFUNDS = """
SELECT id::text, payment_id::text, amount_minor, fee_minor, reason, state, refund_id FROM payments_refund
ORDER BY created_at, id
"""
DISPUTES = "SELECT dispute_id, payment_id::text, status, withdrawn_minor FROM payments_dispute"
BOOKINGS = """
SELECT b.id::text, b.state, b.total_minor, b.credit_minor, b.paid_minor, b.fee_minor, b.refund_due_minor,
    b.refunding_minor, b.payment_state, coalesce(sum(o.amount_minor), 0)::bigint AS desk
FROM bookings_booking b LEFT JOIN bookings_onsitepayment o ON o.booking_id = b.id
WHERE b.id IN (SELECT booking_id FROM payments_payment) GROUP BY b.id
"""
PURCHASES = """
SELECT p.id::text, p.state, p.price_minor, p.paid_minor, coalesce(sum(o.amount_minor), 0)::bigint,
    (SELECT count(*) FROM bookings_hoursaccount a WHERE a.purchase_id = p.id)
FROM bookings_purchase p LEFT JOIN bookings_onsitepayment o ON o.purchase_id = p.id GROUP BY p.id
"""
PAPERS = """
SELECT kind, coalesce(payment_id, refund_id)::text, count(*) FROM payments_document
WHERE kind IN ('receipt', 'credit_note') AND coalesce(payment_id, refund_id) IS NOT NULL GROUP BY 1, 2
"""
CROOKED = """
SELECT p.transaction_id FROM payments_posting p LEFT JOIN payments_entry e ON e.posting_id = p.id
GROUP BY p.id HAVING coalesce(sum(e.amount_minor), 0) <> 0
"""
POSTED = "SELECT transaction_id, account_id FROM payments_posting"
BALANCES = """
SELECT p.account_id, p.currency, sum(e.amount_minor)::bigint FROM payments_posting p
JOIN payments_entry e ON e.posting_id = p.id WHERE e.account = 'balance' GROUP BY 1, 2
"""
LETTERS = "SELECT key, state FROM public.tenants_outgoingmail WHERE schema_name = current_schema()"
INBOX = "SELECT event_id, state, note FROM public.tenants_inboxevent"


class Row(dict[str, Any]):
    """A row by its columns' names."""

    def __getattr__(self, name: str) -> Any:
        """A column."""
        return self[name]


def rows(ask: Ask, query: str, names: str) -> list[Row]:
    """What a query answers, by these names."""
    return [Row(zip(names.split(), values, strict=True)) for values in ask(query)]


@dataclass
class Books:
    """One tenant's rows, and what the sandbox has of it."""

    schema: str
    state: State
    payments: dict[str, Row]
    refunds: list[Row]
    disputes: list[Row]
    bookings: dict[str, Row]
    charges: dict[str, Json] = field(default_factory=dict)

    @classmethod
    def read(cls, ask: Ask, schema: str, state: State) -> "Books":
        """All of it."""
        names = (
            "id booking purpose state amount fee currency charge_type account intent refunded is_applied is_returned"
        )
        payments = rows(ask, PAYMENTS, names)
        bookings = rows(ask, BOOKINGS, "id state total credit paid fee owed under_way payment_state desk")
        return cls(
            schema=schema,
            state=state,
            payments={row.id: row for row in payments},
            refunds=rows(ask, REFUNDS, "id payment amount fee reason state refund"),
            disputes=rows(ask, DISPUTES, "dispute payment status withdrawn"),
            bookings={row.id: row for row in bookings},
            charges={charge["id"]: charge for scope in state for charge in state[scope].get("charge", [])},
        )

    def succeeded(self) -> list[Json]:
        """The intents that bear the tenant's name and brought money."""
        found = [each for kinds in self.state.values() for each in kinds.get("payment_intent", [])]
        mine = [each for each in found if each["metadata"].get("forecourt_tenant") == self.schema]
        return [each for each in mine if each["status"] == "succeeded"]

    def of_charge(self, kind: str, charge: str) -> list[Json]:
        """Refunds or disputes of a charge."""
        return [each for kinds in self.state.values() for each in kinds.get(kind, []) if each["charge"] == charge]

    def fee_of(self, charge: Json) -> Json | None:
        """The platform's fee on it: on the charge itself, or on the venue's half of a destination charge."""
        transfers = self.state.get(PLATFORM, {}).get("transfer", [])
        halves = {each["destination_payment"] for each in transfers if each["source_transaction"] == charge["id"]}
        fees = self.state.get(PLATFORM, {}).get("application_fee", [])
        return next((fee for fee in fees if fee["charge"] in {charge["id"], *halves}), None)

    def refunds_of(self, payment: Row) -> list[Row]:
        """Our rows of a payment."""
        return [row for row in self.refunds if row.payment == payment.id]

    def disputes_of(self, payment: Row) -> list[Row]:
        """Our rows of a payment."""
        return [row for row in self.disputes if row.payment == payment.id]

    def lost(self, payment: Row) -> int:
        """What the bank has given back for good."""
        return sum(row.withdrawn for row in self.disputes_of(payment) if row.status == "lost")


def violations(ask: Ask, schema: str, state: State) -> list[str]:
    """Every broken promise in words; empty when all is well. `ask` runs SQL in the tenant's schema."""
    books = Books.read(ask, schema, state)
    return [
        *_payments(books),
        *_refunds(books),
        *_bookings(books),
        *_purchases(ask, books),
        *_ledger(ask, books),
        *_told(ask, books),
    ]


def doubles(ask: Ask) -> list[str]:
    """I4: bookings with more than one payment that was counted, by purpose. Where prices do not change meanwhile."""
    counted: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows(ask, "SELECT booking_id::text, purpose FROM payments_payment WHERE applied_at IS NOT NULL", "b p"):
        counted[row.b, row.p] += 1
    return [f"I4: booking {booking} was paid {n} times: {why}" for (booking, why), n in counted.items() if n > 1]


def inbox(ask: Ask, deliveries: list[Json]) -> list[str]:
    """I6: what Stripe delivered is known once, and is over; nothing was given up."""
    known = {row.event: row for row in rows(ask, INBOX, "event state note")}
    told = [
        f"I6: event {row.event} is {row.state} {row.note}" for row in known.values() if row.state in {"waiting", "dead"}
    ]
    arrived = {each["event"] for each in deliveries if each["fate"] == "delivered"}
    return told + [f"I6: event {event} was answered 200 and is not known" for event in sorted(arrived - known.keys())]


def _payments(books: Books) -> Iterator[str]:
    came = {intent["id"] for intent in books.succeeded()}
    for payment in books.payments.values():
        if payment.state == "succeeded" and payment.intent not in came:
            yield f"I3: payment {payment.id} says succeeded, {payment.intent} does not"
        if payment.state != "succeeded" and (payment.is_applied or payment.is_returned):
            yield f"I3: payment {payment.id} is {payment.state} and counted"
    for intent in books.succeeded():
        charge = books.charges[intent["latest_charge"]]
        found = books.payments.get(intent["metadata"].get("forecourt_payment", ""))
        if found is not None and found.intent == intent["id"]:
            yield from _came(books, found, charge)
        elif charge["amount_refunded"] != charge["amount_captured"]:
            yield f"I3: {intent['id']} was paid, is nobody's and was not returned"


def _came(books: Books, payment: Row, charge: Json) -> Iterator[str]:
    if payment.state != "succeeded":
        yield f"I3: {payment.intent} was paid, payment {payment.id} is {payment.state}"
    if payment.is_applied == payment.is_returned:
        yield f"I3: payment {payment.id} is {'counted and returned' if payment.is_applied else 'counted for nothing'}"
    if (payment.amount, payment.currency.lower()) != (charge["amount_captured"], charge["currency"]):
        yield f"I3: payment {payment.id} says {payment.amount} {payment.currency}, Stripe {charge['amount_captured']}"
    if payment.is_returned:
        yield from _whole(books, payment, charge)


def _whole(books: Books, payment: Row, charge: Json) -> Iterator[str]:
    """I3: all of it went back, the platform's fee too; or a bank has it."""
    ours = books.refunds_of(payment)
    if books.disputes_of(payment) or any(row.state == "failed" and row.refund for row in ours):
        return
    if charge["amount_refunded"] != charge["amount_captured"]:
        yield f"I3: payment {payment.id} goes back, {charge['amount_refunded']} of {charge['amount_captured']} did"
    fee = books.fee_of(charge)
    elsewhere = any(row.reason == "elsewhere" for row in ours)  # Stripe keeps the fee there, unless it is asked
    if fee and fee["amount_refunded"] != fee["amount"] and not elsewhere:
        yield f"I3: payment {payment.id} goes back, {fee['amount_refunded']} of the fee of {fee['amount']} did"


def _refunds(books: Books) -> Iterator[str]:
    for payment in books.payments.values():
        ours = books.refunds_of(payment)
        if sum(row.amount for row in ours if row.state != "failed") != payment.refunded:
            yield f"I5: payment {payment.id} says {payment.refunded} refunded, its refunds something else"
        if any(row.state == "wanted" for row in ours):
            yield f"I5: a refund of payment {payment.id} was never made"
        intents = [each for each in books.succeeded() if each["id"] == payment.intent]
        if intents:
            yield from _refunds_of(books, payment, ours, books.charges[intents[0]["latest_charge"]])


def _refunds_of(books: Books, payment: Row, ours: list[Row], charge: Json) -> Iterator[str]:
    there = books.of_charge("refund", charge["id"])
    back = sum(each["amount"] for each in there if each["status"] in {"pending", "succeeded", "requires_action"})
    if back + books.lost(payment) > charge["amount_captured"]:
        yield f"I5: {back} of {charge['amount_captured']} went back of payment {payment.id}"
    said = {each["id"]: (each["amount"], _word(each["status"])) for each in there}
    known = {row.refund: (row.amount, row.state) for row in ours if row.refund}
    if said != known:
        yield f"I5: refunds of payment {payment.id} are {known}, at Stripe {said}"
    fee = books.fee_of(charge)
    # What is given back in the dashboard, or is disputed, has rules of its own; a refund that fails keeps the fee, and
    # with one that waits for funds it has not moved yet.
    if (
        fee is None
        or books.disputes_of(payment)
        or any(row.reason == "elsewhere" or row.state in {"failed", "pending"} for row in ours)
    ):
        return
    share = fee["amount"] * back / charge["amount_captured"]
    if fee["amount"] != payment.fee:
        if not any(row.reason == "mismatch" for row in ours):
            yield f"I5: the fee of payment {payment.id} is {payment.fee}, at Stripe {fee['amount']}"
        return
    unit = 10 if payment.currency == "KWD" else 1
    if abs(fee["amount_refunded"] - share) > unit:
        yield f"I5: of payment {payment.id} {back} went back, and {fee['amount_refunded']} of the fee, not {share}"
    if sum(row.fee for row in ours if row.state in TAKEN) != fee["amount_refunded"]:
        yield f"I5: the fee's share of payment {payment.id} is {fee['amount_refunded']} at Stripe, other here"
    if payment.charge_type == "destination":
        transfers = [t for t in books.state[PLATFORM]["transfer"] if t["source_transaction"] == charge["id"]]
        if abs(sum(each["amount_reversed"] for each in transfers) - back) > unit:
            yield f"I5: {back} went back of payment {payment.id}, its transfer did not follow"


def _word(status: str) -> str:
    return {"requires_action": "pending", "canceled": "failed"}.get(status, status)


def _bookings(books: Books) -> Iterator[str]:
    for booking in books.bookings.values():
        counted = [row for row in books.payments.values() if row.booking == booking.id and row.is_applied]
        refunds = [row for payment in counted for row in books.refunds_of(payment)]
        lost = sum(books.lost(payment) for payment in counted)
        came = sum(row.amount for row in counted) + booking.desk
        here = came - sum(row.amount for row in refunds if row.state in TAKEN) - lost
        if booking.paid != max(0, here):
            yield f"booking {booking.id} says {booking.paid} paid, its payments {here}"
        if booking.under_way:
            yield f"booking {booking.id}: {booking.under_way} is under way back for ever"
        most = booking.fee if booking.state in GIVEN_UP else booking.total
        owed = max(0, booking.paid + booking.credit - most)
        disputed = any(
            row.status not in {"won", "lost", "warning_closed"} and not row.status.startswith(INQUIRY)
            for payment in counted
            for row in books.disputes_of(payment)
        )
        if booking.owed != owed:
            yield f"booking {booking.id} ({booking.state}) owes {owed}, and says {booking.owed}"
        excused = disputed or any(row.state == "failed" for row in refunds) or booking.desk > 0
        if booking.owed and not excused:
            yield f"I3: booking {booking.id} ({booking.state}) keeps {booking.owed} that is not its own"


def _purchases(ask: Ask, books: Books) -> Iterator[str]:
    """A pack or a membership is paid once, and given if and only if it was."""
    for bought in rows(ask, PURCHASES, "id state price paid desk accounts"):
        counted = [row for row in books.payments.values() if row.booking == bought.id and row.is_applied]
        refunds = [row for payment in counted for row in books.refunds_of(payment)]
        lost = sum(books.lost(payment) for payment in counted)
        back = sum(row.amount for row in refunds if row.state in TAKEN) + lost
        here = sum(row.amount for row in counted) + bought.desk - back
        if bought.paid != max(0, here):
            yield f"purchase {bought.id} says {bought.paid} paid, its payments {here}"
        if len(counted) > 1:
            yield f"I4: purchase {bought.id} was paid {len(counted)} times"
        if bought.state in {"open", "dropped"} and (counted or bought.accounts):
            yield f"I3: purchase {bought.id} is {bought.state}, and was paid or given"
        if bought.accounts > 1:
            yield f"I4: purchase {bought.id} was given {bought.accounts} times"
        excused = any(row.state == "failed" for row in refunds)
        if bought.state == "returned" and bought.paid and not excused:
            yield f"I3: purchase {bought.id} was taken back and keeps {bought.paid}"


def _ledger(ask: Ask, books: Books) -> Iterator[str]:
    for (transaction,) in ask(CROOKED):
        yield f"I14: the entries of {transaction} do not sum to zero"
    posted: dict[str, set[str]] = defaultdict(set)
    for transaction, account in ask(POSTED):
        posted[account].add(transaction)
    here = {(account, currency): amount for account, currency, amount in ask(BALANCES) if amount}
    there: dict[tuple[str, str], int] = defaultdict(int)
    accounts = {row.account for row in books.payments.values()} | posted.keys()
    for account in sorted(accounts):
        movements = books.state.get(account, {}).get("balance_transaction", [])
        unread = {each["id"] for each in movements} ^ posted[account]
        if unread:
            yield f"I14: {len(unread)} movements of {account} are not in both books: {sorted(unread)[:3]}"
        for each in movements:
            there[account, each["currency"].upper()] += each["net"]
    if here != {place: amount for place, amount in there.items() if amount}:
        yield f"I14: the balance is {here} here, {dict(there)} at Stripe"


def _told(ask: Ask, books: Books) -> Iterator[str]:
    """Receipts, credit notes and letters: one each."""
    for kind, thing, count in ask(PAPERS):
        if count != 1:
            yield f"{count} papers of kind {kind} about {thing}"
    letters: dict[str, str] = dict(ask(LETTERS))
    for key, state in letters.items():
        if state == "waiting":
            yield f"letter {key} was never sent"
    for row in books.refunds:
        payment = books.payments[row.payment]
        if (
            payment.is_returned
            and row.state in TAKEN
            and row.reason != "elsewhere"
            and f"refund:{row.id}" not in letters
        ):
            yield f"nobody told the customer of refund {row.id}"
