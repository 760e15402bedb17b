"""What goes into the archive, table by table, and what stays behind, with the reason.

`tests/desk/everything/test_tables.py` walks all models: a new table, a new column that smells of a secret, and a new
table of the platform that is about a tenant are named here, or the build is red.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Table(NamedTuple):
    """What the file is called, without its ending, and what stands in it."""

    name: str
    about: str | Promise


TABLES: Mapping[str, Table] = {
    "venues.Venue": Table("venues", _("your venues")),
    "venues.Resource": Table("resources", _("what can be booked: courts, halls, rooms")),
    "venues.OpeningHours": Table("opening-hours", _("opening hours by weekday and by day")),
    "venues.Closure": Table("closures", _("closures")),
    "venues.Product": Table("services-and-extras", _("services and extras")),
    "venues.Product_resources": Table("services-and-extras-at", _("at which resource a service is offered")),
    "venues.ExtraOffer": Table("extra-offers", _("where which extra is offered")),
    "venues.CustomField": Table("questions", _("questions that are asked when somebody books")),
    "venues.Rate": Table("rates", _("prices")),
    "venues.Quota": Table("quotas", _("how much somebody may book")),
    "venues.CancellationPolicy": Table("cancellation-policies", _("cancellation policies, former ones too")),
    "venues.CancellationStep": Table("cancellation-steps", _("the steps of cancellation policies")),
    "venues.Voucher": Table("vouchers", _("vouchers and their codes")),
    "venues.Voucher_resources": Table("vouchers-at", _("at which resource a voucher is good")),
    "venues.Pack": Table("packs", _("packs of hours on sale")),
    "venues.Pack_resources": Table("packs-at", _("at which resource a pack is good")),
    "venues.MembershipPlan": Table("membership-plans", _("memberships on sale")),
    "venues.Picture": Table("pictures", _("pictures; the files lie in the folder pictures")),
    "venues.PictureFile": Table("picture-files", _("in which sizes each picture is there")),
    "venues.ShownPicture": Table("pictures-shown", _("which page shows which picture")),
    "accounts.User": Table("people", _("everybody with an account: customers and the team, without passwords")),
    "accounts.SecondFactorRule": Table("two-factor-rule", _("of whom you ask two-factor sign-in")),
    "venues.CustomerGroup": Table("groups", _("groups of customers")),
    "venues.Membership": Table("group-members", _("who is in which group")),
    "venues.VenueAssignment": Table("managers-of-venues", _("which manager has which venue")),
    "venues.Invitation": Table("invitations", _("who is invited to the team")),
    "venues.Invitation_venues": Table("invitation-venues", _("for which venue somebody is invited")),
    "bookings.CustomerFile": Table("customer-notes", _("what the team noted of customers, and who may not book")),
    "bookings.Merge": Table("merged-accounts", _("accounts of customers that became one")),
    "bookings.Look": Table("looks", _("who of the team looked at whose data")),
    "desk.LookedIn": Table("look-ins", _("when somebody of Forecourt saw your pages, as whom and why")),
    "desk.LookInRule": Table("look-in-rule", _("whether Forecourt asks you first")),
    "bookings.RetentionRule": Table("retention-rule", _("how long you keep customers’ data")),
    "bookings.RetentionNotice": Table("retention-notices", _("who was told that their account goes")),
    "bookings.Booking": Table("bookings", _("bookings")),
    "bookings.BookingResource": Table("booking-resources", _("which further resources a booking takes")),
    "bookings.BookingExtra": Table("booking-extras", _("extras of bookings")),
    "bookings.BookingLine": Table("booking-lines", _("what each booking costs, line by line")),
    "bookings.Participant": Table("participants", _("who takes part")),
    "bookings.Answer": Table("answers", _("answers to your questions")),
    "bookings.StaffNote": Table("booking-notes", _("notes of the team on bookings")),
    "bookings.BookingMessage": Table("booking-messages", _("what customers and the team wrote to each other")),
    "bookings.BookingFile": Table(
        "booking-files", _("files that the team keeps with bookings; they lie in the folder booking-files")
    ),
    "bookings.BookingEvent": Table("booking-events", _("what happened to each booking, when and by whom")),
    "bookings.Consent": Table("consents", _("who agreed to what, and who took it back")),
    "bookings.ShownText": Table("shown-texts", _("the words that were shown to who agreed")),
    "bookings.BookingChange": Table("booking-changes", _("what was changed, before and after")),
    "bookings.WayBack": Table("ways-back", _("where apps have customers return to after a booking")),
    "bookings.Series": Table("series", _("series of bookings")),
    "bookings.SeriesDate": Table("series-dates", _("the dates of each series")),
    "bookings.WaitlistEntry": Table("waiting-list", _("the waiting list")),
    "bookings.VoucherUse": Table("voucher-uses", _("which booking a voucher was used for")),
    "bookings.GiftCredit": Table("gift-credit", _("credit of customers and what is left of it")),
    "bookings.CreditEntry": Table("gift-credit-entries", _("what credit was used for")),
    "bookings.HoursAccount": Table("hours-accounts", _("hours that customers have bought and what is left of them")),
    "bookings.HoursEntry": Table("hours-entries", _("what hours were used for")),
    "bookings.Purchase": Table("purchases", _("packs and memberships that were bought")),
    "bookings.OnSitePayment": Table("payments-at-the-desk", _("money that changed hands at the desk")),
    "bookings.Batch": Table("acts-on-many", _("what was done to many bookings at once")),
    "bookings.BatchRow": Table("acts-on-many-rows", _("what became of each of them")),
    "bookings.Clearing": Table("clearings", _("closures over bookings")),
    "bookings.Displacement": Table("clearing-rows", _("what became of the bookings below them")),
    "bookings.Notice": Table("messages", _("messages about bookings that were sent or wait")),
    "payments.Payment": Table("payments", _("online payments")),
    "payments.Payer": Table("payers", _("which customer is which at Stripe")),
    "payments.Refund": Table("refunds", _("refunds")),
    "payments.Dispute": Table("disputes", _("disputes")),
    "payments.Document": Table(
        "documents", _("invoices, receipts and credit notes; the PDF files lie in the folder documents")
    ),
    "payments.DocumentLine": Table("document-lines", _("the lines of these documents")),
    "payments.DocumentCounter": Table("document-numbers", _("the last number of each kind of document")),
    "payments.Payout": Table("payouts", _("payouts by Stripe")),
    "payments.PayoutItem": Table("payout-items", _("what each payout consists of")),
    "payments.Posting": Table("postings", _("movements of your account at Stripe")),
    "payments.Entry": Table("entries", _("how these movements are booked")),
    "payments.Reconciliation": Table("reconciliations", _("comparisons with Stripe and what they found")),
    "payments.BusinessDetails": Table("business-details", _("who sells, as documents say it")),
    "payments.BookkeepingSettings": Table("bookkeeping", _("settings of accounting")),
    "payments.LedgerAccount": Table("ledger-accounts", _("your accounts for accounting")),
    "bookings.MessageRule": Table("message-rules", _("rules for messages")),
    "bookings.MessageTemplate": Table("message-templates", _("your own words for messages")),
    "bookings.MessageSettings": Table("message-settings", _("settings of messages")),
    "bookings.Feed": Table("calendar-feeds", _("calendars that others subscribe to, without their addresses")),
    "bookings.Connection": Table("calendar-connections", _("connected calendars, without access to them")),
    "bookings.BusyTime": Table("busy-times", _("what connected calendars say is taken")),
    "bookings.CalendarConflict": Table("calendar-conflicts", _("where these stood against bookings")),
    "bookings.WebhookEndpoint": Table("webhooks", _("systems that are told of bookings, without secrets")),
    "bookings.Import": Table("imports", _("files that were brought lately")),
    "oauth.Application": Table("apps", _("apps that use the API, without secrets")),
    "desk.SavedView": Table("saved-views", _("saved views of the list of bookings")),
    "desk.ReportMailing": Table("mailed-reports", _("who gets figures by mail")),
    "desk.ProcessingContact": Table("processing-contact", _("whom to ask about data")),
    "desk.ProcessingLine": Table("processing-lines", _("what you added to the record of processing")),
    "desk.Change": Table("record", _("the record: every change of what you offer and of who may do what")),
}
"""Tables of a tenant's schema, a file for each, in the order in which they are written."""

PLATFORM: Mapping[str, tuple[Table, str]] = {
    "tenants.Tenant": (Table("business", _("the business itself")), "pk"),
    "tenants.Brand": (Table("brand", _("your look")), "tenant_id"),
    "tenants.BrandDraft": (Table("brand-draft", _("the look that you are drafting")), "tenant_id"),
    "tenants.BrandEdition": (Table("brand-editions", _("how you looked before")), "tenant_id"),
    "tenants.Domain": (Table("domains", _("addresses at which customers find you")), "tenant_id"),
    "tenants.DomainClaim": (Table("domain-claims", _("domains that you brought, without proof")), "tenant_id"),
    "tenants.Closing": (Table("closing", _("that you have closed your account, and when it ends")), "tenant_id"),
    "website.TermsAgreement": (
        Table("terms", _("which version of Forecourt’s terms you have agreed to, when and by whom")),
        "tenant_id",
    ),
    "tenants.OutgoingMail": (
        Table("letters", _("letters that were sent: to whom, when and the subject")),
        "schema_name",
    ),
    "subscriptions.StripeAccount": (Table("stripe-account", _("your account at Stripe")), "tenant_id"),
    "subscriptions.Subscription": (Table("plan", _("your plan at Forecourt")), "tenant_id"),
    "subscriptions.Concession": (
        Table("plan-agreed", _("what Forecourt agreed with you about your plan")),
        "tenant_id",
    ),
    "subscriptions.PlatformFee": (Table("platform-fees", _("what Forecourt kept of payments")), "tenant_id"),
    "subscriptions.PlatformInvoice": (
        Table("platform-invoices", _("Forecourt's invoices to you; the PDF files lie in the folder platform-invoices")),
        "schema_name",
    ),
}
"""Tables of the platform that have rows about a tenant, and the column that says about which."""

OTHERS: Mapping[str, str | Promise] = {
    "unsubscribed": _("who wants no mail: do not write to them from elsewhere either"),
}
FOLDERS: Mapping[str, str | Promise] = {
    "documents-pdf": _("documents as PDF"),
    "booking-files-kept": _("files of bookings, by the id of booking-files"),
    "pictures-kept": _("pictures, each in a folder of its digest"),
    "platform-invoices-pdf": _("Forecourt's invoices as PDF"),
}
SHEETS: Mapping[str, str | Promise] = {
    "bookings-sheet": _("bookings for a spreadsheet"),
    "customers-sheet": _("customers for a spreadsheet"),
    "payments-sheet": _("payments, refunds and fees for a spreadsheet, a file for each month"),
}

EXCUSED: Mapping[str, str] = {
    "website.SignUp": "what was typed before there was a business; deleted after 30 days",
    "accounts.Authenticator": "a secret",
    "accounts.RecoveryCode": "secrets",
    "accounts.Session": "keys of visits that go on",
    "accounts.AccessToken": "keys to this house alone",
    "accounts.MailedLink": "keys that were mailed",
    "accounts.Passkey": "good for this address alone",
    "axes.AccessAttempt": "guards the sign-in; deleted after 30 days",
    "axes.AccessAttemptExpiration": "as the attempt",
    "axes.AccessFailureLog": "guards the sign-in; deleted after 30 days",
    "axes.AccessLog": "guards the sign-in; deleted after 30 days",
    "oauth.Grant": "codes that open something",
    "oauth.AccessToken": "keys to this house alone",
    "oauth.RefreshToken": "keys to this house alone",
    "oauth.IDToken": "never written",
    "oauth.DeviceGrant": "never written",
    "rest.IdempotencyRecord": "answers of the last day, for programs that ask twice; one may hold a secret",
    "bookings.Occupancy": "what is taken, made of bookings, closures and busy times",
    "bookings.CalendarCopy": "what was written into calendars elsewhere, as they know it",
    "bookings.WebhookMessage": "what was told of bookings that are in the archive; deleted after 30 days",
    "bookings.WebhookThread": "how far a webhook was told",
    "bookings.WebhookDelivery": "as the message",
    "bookings.WebhookAttempt": "as the message",
    "bookings.ImportRow": "sealed, and made into rows of other files; deleted after 30 days",
    "bookings.Imported": "digests by which no row is brought twice",
    "bookings.NoMail": "digests of addresses: those that are known are in `unsubscribed`",
    "desk.Archive": "this archive",
    "desk.ArchiveEntry": "this archive",
    "desk.ArchiveChunk": "this archive",
    "operators.LookIn": "the platform's own row of what stands in `look-ins`, with digests of keys",
    "operators.OperatorAct": "the platform's own record; what concerns a tenant stands in its own record, too",
    "tenants.AbuseReport": "what others reported to the platform, which judges it",
    "tenants.Announcement": "what the platform tells its tenants",
    "operators.Reconciled": "what the desk shows of it is in the archive",
    "operators.TenantDay": "counts of a day, made of rows that are in the archive",
    "operators.TenantTakings": "sums of a day, made of rows that are in the archive",
    "tenants.CertifiedHost": "counts the platform's certificates; the hosts are in `domains`",
    "tenants.DueWork": "what the platform has to do yet",
    "tenants.Proof": "when the platform looked last whether everything holds",
    "tenants.SchemaMigration": "how far the tables are brought up to date",
    "tenants.Erasure": "numbers of who was erased, so that no backup brings them back",
    "tenants.Restoration": "when the platform has put it back from a backup",
    "tenants.OutboxMessage": "what the platform has to tell yet",
}
LEFT_OUT: Mapping[str, str] = {
    "accounts.User.password": "a secret",
    "accounts.User.sign_outs": "part of what signs sessions",
    "bookings.Booking.holder": "opens the hold in the browser that booked",
    "bookings.Booking.origin": "a digest of the network address",
    "bookings.BookingFile.content": "bytes: a file of its own",
    "bookings.Connection.channel_id": "by which the calendar's provider proves itself",
    "bookings.Connection.cursor": "where a calendar elsewhere goes on",
    "bookings.Connection.sealed": "a secret",
    "bookings.Feed.digest": "of a secret address",
    "bookings.Feed.sealed": "a secret address",
    "bookings.Feed.shown_digest": "a digest",
    "bookings.WebhookEndpoint.sealed": "a secret",
    "bookings.WebhookEndpoint.sealed_old": "a secret",
    "oauth.Application.client_secret": "a secret",
    "tenants.DomainClaim.token": "proves a domain",
    "tenants.OutgoingMail.html": "there until it was sent; may hold links that sign somebody in",
    "tenants.OutgoingMail.key": "the platform's name for it; may hold a secret",
    "tenants.OutgoingMail.text": "there until it was sent; may hold links that sign somebody in",
    "tenants.OutgoingMail.unsubscribe": "an address that signs itself",
    "tenants.Tenant.slug_skeleton": "what the slug reads like",
    "venues.PictureFile.content": "bytes: a file of its own",
}
"""Columns of tables that are in the archive which are not."""
SMELLS = re.compile(
    r"password|secret|sealed|digest|token|code|key|checksum|session|credential|hash|holder|cursor|nonce"
)
HARMLESS: Mapping[str, str] = {
    "bookings.BatchRow.code": "why something was refused",
    "bookings.Booking.reference_code": "what customers are asked for; it opens nothing by itself",
    "bookings.BusyTime.key": "which event of a calendar it is",
    "bookings.GiftCredit.code": "what customers show to use their credit: the venue has to know it",
    "payments.Payment.session_id": "Stripe's number of its page, which is over",
    "payments.Refund.keys_used": "how often Stripe was asked",
    "tenants.Closing.sealed_at": "when the hosts were shut",
    "bookings.ShownText.digest": "of words that everybody was shown",
    "venues.Picture.digest": "what the folder of its files is called",
    "venues.Venue.postal_code": "of the address",
    "venues.Voucher.code": "what customers show: the venue's own",
}
"""Columns that smell of a secret and are none."""
