"""Every table: what its rows are for, and whom they are about. `desk.privacy.datamap` draws the map with it.

`tests/desk/privacy/test_datamap.py` walks all models: a new table is named here, or the build is red. What erasure does
to a tenant's columns stands in `bookings.own.tables`, what goes into the archive in `desk.everything.tables`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Whose(StrEnum):
    """Whom a row is about."""

    CUSTOMER = "customers"
    GUEST = "customers and guests"
    STAFF = "the team"
    EVERYBODY = "customers, guests and the team"
    OWNER = "the business and its owner"
    OPERATOR = "operators"
    REPORTER = "who reports"
    APPLICANT = "who signs up"
    NOBODY = "nobody"


PURPOSES: Mapping[str, str] = {
    "account": "accounts: letting people in, and keeping others out",
    "booking": "bookings: taking them, keeping to them, and showing what happened",
    "contact": "knowing customers: what the team notes, and who may not book",
    "payment": "payments, refunds and documents",
    "prepaid": "what customers have bought ahead: hours, memberships, credit, vouchers",
    "message": "messages about bookings",
    "calendar": "calendars of others that know of bookings, and of which bookings know",
    "program": "programs of others: webhooks, apps, the API",
    "import": "bringing data along, and taking it away",
    "offer": "what the business offers: places, times, prices, rules",
    "team": "who works for the business, and who did what",
    "plan": "the contract between the business and the platform",
    "site": "where the business is found, and how it looks",
    "running": "running the platform",
    "guarding": "guarding the platform: who of it did what, and reports of abuse",
    "figures": "figures about the platform and its businesses",
}

_NAMED: Mapping[tuple[str, Whose], str] = {
    ("account", Whose.EVERYBODY): (
        "accounts.User accounts.Authenticator accounts.RecoveryCode accounts.Session accounts.AccessToken"
        " accounts.MailedLink accounts.Passkey axes.AccessAttempt axes.AccessAttemptExpiration axes.AccessFailureLog"
        " axes.AccessLog"
    ),
    ("account", Whose.NOBODY): "accounts.SecondFactorRule contenttypes.ContentType auth.Permission auth.Group"
    " auth.Group_permissions",
    ("program", Whose.EVERYBODY): "oauth.Grant oauth.AccessToken oauth.RefreshToken oauth.IDToken oauth.DeviceGrant"
    " rest.IdempotencyRecord",
    ("program", Whose.GUEST): "bookings.WebhookMessage bookings.WebhookAttempt",
    ("program", Whose.NOBODY): "oauth.Application bookings.WebhookEndpoint bookings.WebhookThread"
    " bookings.WebhookDelivery bookings.WayBack",
    ("offer", Whose.NOBODY): (
        "venues.Venue venues.Resource venues.Product_resources venues.Product venues.ExtraOffer venues.CustomField"
        " venues.CustomerGroup venues.Rate venues.Voucher_resources venues.Voucher venues.Pack_resources venues.Pack"
        " venues.MembershipPlan venues.Picture venues.PictureFile venues.ShownPicture venues.CancellationPolicy"
        " venues.CancellationStep venues.Quota venues.OpeningHours venues.Closure bookings.Occupancy"
    ),
    ("team", Whose.STAFF): (
        "venues.VenueAssignment venues.Invitation venues.Invitation_venues desk.SavedView desk.ReportMailing"
        " desk.Change desk.LookedIn bookings.Look"
    ),
    ("team", Whose.NOBODY): "desk.LookInRule",
    ("team", Whose.OWNER): "desk.ProcessingContact desk.ProcessingLine",
    ("prepaid", Whose.CUSTOMER): (
        "venues.Membership bookings.Purchase bookings.GiftCredit bookings.CreditEntry bookings.HoursAccount"
        " bookings.HoursEntry bookings.VoucherUse"
    ),
    ("booking", Whose.GUEST): (
        "bookings.Booking bookings.BookingResource bookings.BookingExtra bookings.BookingLine bookings.Answer"
        " bookings.Participant bookings.StaffNote bookings.WaitlistEntry bookings.Series bookings.SeriesDate"
        " bookings.BookingEvent bookings.BookingChange bookings.BookingMessage bookings.BookingFile bookings.Batch"
        " bookings.BatchRow bookings.Clearing bookings.Displacement bookings.Consent"
    ),
    ("contact", Whose.GUEST): "bookings.CustomerFile bookings.Merge",
    ("contact", Whose.CUSTOMER): "bookings.RetentionNotice",
    ("contact", Whose.NOBODY): "bookings.RetentionRule",
    ("payment", Whose.GUEST): (
        "bookings.OnSitePayment payments.Payment payments.Payer payments.Refund payments.Dispute payments.Document"
        " payments.DocumentLine"
    ),
    ("payment", Whose.OWNER): "payments.BusinessDetails",
    ("payment", Whose.NOBODY): (
        "payments.BookkeepingSettings payments.LedgerAccount payments.DocumentCounter payments.Payout payments.Posting"
        " payments.Entry payments.PayoutItem payments.Reconciliation"
    ),
    ("message", Whose.GUEST): "bookings.Notice bookings.NoMail",
    ("message", Whose.EVERYBODY): "tenants.OutgoingMail",
    ("message", Whose.NOBODY): "bookings.MessageTemplate bookings.MessageRule bookings.MessageSettings",
    ("calendar", Whose.EVERYBODY): "bookings.Feed bookings.BusyTime",
    ("calendar", Whose.NOBODY): "bookings.Connection bookings.CalendarCopy bookings.CalendarConflict",
    ("import", Whose.GUEST): "bookings.Import bookings.ImportRow",
    ("import", Whose.EVERYBODY): "desk.Archive desk.ArchiveEntry desk.ArchiveChunk",
    ("import", Whose.NOBODY): "bookings.Imported",
    ("booking", Whose.NOBODY): "bookings.ShownText",
    ("site", Whose.OWNER): "tenants.Tenant tenants.Domain tenants.DomainClaim",
    ("site", Whose.NOBODY): (
        "tenants.CertifiedHost tenants.Brand tenants.BrandDraft tenants.BrandEdition tenants.GivenUpName"
        " tenants.GivenUpDomain"
    ),
    ("plan", Whose.APPLICANT): "website.SignUp website.SignUpLink",
    ("plan", Whose.OWNER): (
        "website.TermsAgreement tenants.Closing subscriptions.StripeAccount subscriptions.Subscription"
        " subscriptions.Concession subscriptions.PlatformFee subscriptions.PlatformInvoice"
    ),
    ("plan", Whose.NOBODY): "website.AgreedText subscriptions.Plan subscriptions.PlatformCounter",
    ("guarding", Whose.REPORTER): "tenants.AbuseReport",
    ("guarding", Whose.OPERATOR): "operators.Operator operators.OperatorAct operators.LookIn",
    ("running", Whose.NOBODY): (
        "tenants.Announcement tenants.InboxEvent tenants.Proof tenants.VitalDay tenants.Latency tenants.Restoration"
        " tenants.SchemaMigration tenants.DueWork tenants.Heartbeat tenants.OutboxMessage tenants.Erasure"
        " operators.Reconciled"
    ),
    ("figures", Whose.NOBODY): "operators.TenantDay operators.TenantTakings",
}


class Kind(NamedTuple):
    """What the rows of a table are for, a key of `PURPOSES`, and whom they are about."""

    purpose: str
    whose: Whose


TABLES: Mapping[str, Kind] = {label: Kind(*kind) for kind, labels in _NAMED.items() for label in labels.split()}
MIRROR = "djstripe"
"""The app whose tables, all of them, are copies of what Stripe says of businesses that have a plan (decision 0023)."""
OF_MIRROR = Kind("plan", Whose.OWNER)


def kind_of(label: str) -> Kind | None:
    """Of a table by its `app.Model`; None for one that nobody has named."""
    return OF_MIRROR if label.partition(".")[0] == MIRROR else TABLES.get(label)
