"""What a tenant holds that may name a customer: the whole list, column by column, and what erasure does to each.

`tests/bookings/own/test_tables.py` walks all models of tenants' schemas: a new text column is named here, or the
build is red. `GOES` is emptied or deleted by `bookings.own.erasing` at once; `PASSES` is gone by itself soon after;
`STAYS` is kept, for the reason given (GDPR art. 17(3)); `NOBODYS` says nothing of a customer, a whole model by its name
alone.
"""

from collections.abc import Mapping

GOES: Mapping[str, str] = {
    "accounts.User.email": "becomes an address that leads nowhere",
    "accounts.User.name": "emptied",
    "accounts.User.phone": "emptied",
    "accounts.AccessToken.name": "deleted",
    "accounts.MailedLink.email": "deleted",
    "accounts.MailedLink.name": "deleted",
    "accounts.MailedLink.next": "deleted",
    "accounts.Passkey.name": "deleted",
    "accounts.Session.agent": "deleted",
    "axes.AccessAttempt.username": "deleted",
    "axes.AccessFailureLog.username": "deleted",
    "axes.AccessLog.username": "deleted",
    "bookings.Answer.value": "deleted",
    "bookings.Booking.name": "emptied",
    "bookings.Booking.email": "emptied",
    "bookings.Booking.phone": "emptied",
    "bookings.Booking.notes": "emptied",
    "bookings.Booking.cancel_notes": "emptied",
    "bookings.Booking.holder": "emptied: the browser that booked",
    "bookings.Booking.origin": "emptied: a digest of the network address",
    "bookings.BookingChange.before": "emptied where it is about notes, answers or reasons of the team",
    "bookings.BookingChange.after": "emptied where it is about notes, answers or reasons of the team",
    "bookings.BookingFile.name": "deleted",
    "bookings.BookingMessage.text": "deleted",
    "bookings.Consent.whose": "emptied: a digest of the address",
    "bookings.CustomerFile.notes": "deleted",
    "bookings.Feed.name": "deleted",
    "bookings.Look.email": "deleted with its row: who of the team looked",
    "bookings.Merge.email": "emptied: by which address an account was known before",
    "bookings.Notice.to": "emptied",
    "bookings.Participant.name": "deleted with the booking's list; on lists of others, a dash",
    "bookings.Participant.email": "deleted with the booking's list; on lists of others, emptied",
    "bookings.StaffNote.text": "deleted",
    "bookings.VoucherUse.email": "emptied",
    "payments.Payer.customer_id": "deleted, at Stripe too, with all cards",
    "rest.IdempotencyRecord.body": "deleted",
}
PASSES: Mapping[str, str] = {
    "bookings.Batch.notes": "half a year after it was drafted",
    "bookings.Batch.text": "half a year after it was drafted",
    "bookings.BatchRow.detail": "half a year after it was drafted",
    "bookings.Import.name": "30 days after the file was brought",
    "bookings.Import.email": "30 days after the file was brought",
    "bookings.Import.phone": "30 days after the file was brought",
    "bookings.Import.file_name": "30 days after the file was brought",
    "bookings.ImportRow.sealed": "as soon as the row is imported, else after 30 days",
    "bookings.ImportRow.detail": "30 days after the file was brought",
    "bookings.WebhookMessage.data": "30 days after it was told",
    "bookings.WebhookAttempt.answer": "30 days after it was told",
    "accounts.Session.session_data": "deleted; what is left of a visit without an account ends within 14 days",
    "venues.Invitation.email": "who is asked to work here: as soon as they accept, or are asked no more",
    "venues.Invitation.name": "as the address beside it",
}
STAYS: Mapping[str, str] = {
    "payments.Document.buyer": "invoices and receipts are kept as they were written, as tax law asks",
    "payments.Document.buyer_vat_id": "as the buyer",
    "payments.Document.buyer_email": "as the buyer",
    "payments.Document.about": "as the buyer",
    "payments.Document.remark": "as the buyer",
    "payments.DocumentLine.label": "as the buyer",
    "payments.Refund.note": "why money went back, for the books",
    "bookings.BookingEvent.why": "what was done about money and by what means, for the books",
    "bookings.BookingLine.label": "what was booked and what it cost, for the books",
    "bookings.CustomerFile.email": "only of somebody who may not book here any more: so that this holds",
    "bookings.CustomerFile.block_reason": "as the address beside it",
    "bookings.NoMail.digest": "a digest: so that nobody writes to who wants no mail",
    "bookings.GiftCredit.note": "money that is owed to whoever has the code; it is not known whose it is",
    "desk.Change.label": "what of the offer was changed, and who works here; of customers it has numbers only",
    "desk.Change.before": "as the name beside it",
    "desk.Change.after": "as the name beside it",
    "desk.LookedIn.operator": "somebody of the platform, and no person of the business",
    "desk.LookedIn.reason": "why the platform looked in: the owner's proof of it",
    "bookings.BusyTime.title": "taken from the venue's own calendar, and gone from here when it is gone there",
}
NOBODYS: frozenset[str] = frozenset(
    {
        *("bookings.Batch.letter", "bookings.BatchRow.figures", "bookings.BatchRow.code", "desk.SavedView"),
        *("desk.Change.thing", "desk.Change.thing_id", "desk.Archive", "desk.ArchiveEntry", "desk.LookedIn.role"),
        *("accounts.User.password", "accounts.User.language", "accounts.AccessToken.digest"),
        *("accounts.AccessToken.prefix", "accounts.AccessToken.scopes", "accounts.MailedLink.digest"),
        *("accounts.Passkey.credential_id", "bookings.Booking.reference_code", "bookings.Booking.agent"),
        *("accounts.Authenticator.sealed", "accounts.RecoveryCode.digest"),
        *("bookings.Booking.language", "bookings.Booking.currency"),
        *("bookings.Booking.time_zone", "bookings.BookingChange.field", "bookings.BookingLine.quantity"),
        *("bookings.Feed.digest", "bookings.Feed.sealed", "bookings.Feed.shown_digest", "bookings.GiftCredit.code"),
        *("bookings.GiftCredit.currency", "bookings.BusyTime.key", "bookings.BusyTime.remote_id"),
        *("bookings.Import.ignored", "bookings.Import.overrules", "bookings.ImportRow.key", "bookings.ImportRow.code"),
        *("bookings.ImportRow.made", "bookings.ImportRow.takes", "bookings.Notice.kind", "bookings.Notice.language"),
        *("bookings.Notice.why", "bookings.Notice.provider_id", "bookings.WebhookMessage.message_id"),
        *("bookings.WebhookMessage.type", "bookings.WebhookAttempt.error", "payments.Payer.account_id"),
        *("payments.Document.number", "payments.Document.booking_reference", "payments.Document.time_zone"),
        *("payments.Document.language", "payments.Document.currency", "payments.Document.seller"),
        *("payments.Document.seller_vat_id", "payments.Document.pay_to", "payments.Document.foot"),
        *("payments.Refund.refund_id", "payments.Refund.failure", "accounts.Session.session_key"),
        *("rest.IdempotencyRecord.principal", "rest.IdempotencyRecord.method", "rest.IdempotencyRecord.path"),
        *("rest.IdempotencyRecord.key", "rest.IdempotencyRecord.body_digest", "rest.IdempotencyRecord.location"),
        *(f"axes.{log}.user_agent" for log in ("AccessAttempt", "AccessFailureLog", "AccessLog")),
        *(f"axes.{log}.http_accept" for log in ("AccessAttempt", "AccessFailureLog", "AccessLog")),
        *(f"axes.{log}.path_info" for log in ("AccessAttempt", "AccessFailureLog", "AccessLog")),
        *("axes.AccessAttempt.get_data", "axes.AccessAttempt.post_data", "axes.AccessLog.session_hash"),
        *("bookings.ShownText", "desk.ProcessingContact", "desk.ProcessingLine"),
        *("oauth.Application", "oauth.Grant", "oauth.AccessToken", "oauth.RefreshToken"),
        *("venues.Venue", "venues.Resource", "venues.Product", "venues.CustomField", "venues.CustomerGroup"),
        *("venues.Rate", "venues.Voucher", "venues.Pack", "venues.MembershipPlan", "venues.Picture"),
        *("venues.PictureFile", "venues.ShownPicture", "venues.CancellationPolicy", "venues.CancellationStep"),
        *("venues.OpeningHours", "venues.Closure"),
        *("payments.BusinessDetails", "payments.Payment", "payments.Dispute", "payments.DocumentCounter"),
        *("payments.LedgerAccount", "payments.Reconciliation"),
        *("payments.Payout", "payments.Posting", "bookings.Series", "bookings.SeriesDate", "bookings.Purchase"),
        *("bookings.Clearing", "bookings.Displacement"),
        *("bookings.Connection", "bookings.CalendarCopy", "bookings.WebhookEndpoint", "bookings.Imported"),
        *("bookings.MessageTemplate", "bookings.MessageRule", "bookings.MessageSettings", "bookings.WayBack"),
    }
)


def is_named(label: str) -> bool:
    """Whether `app.Model.column` is in the list."""
    model = label.rpartition(".")[0]
    return label in GOES or label in PASSES or label in STAYS or label in NOBODYS or model in NOBODYS
