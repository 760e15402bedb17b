"""Columns that can name somebody and that `bookings.own.tables` does not know: those of `public`, and those of bytes.

Each says what ends it. What is `NOBODYS` could hold a name by its type and does not; a whole model by its name alone.
"""

from collections.abc import Mapping

CLOSED = "30 days after the account was closed, with everything of the business"
FOR_GOOD = "kept: so that it can be shown who of the platform did what"
LOOK_INS = "retention: 3 years after it began; the business keeps its own record of it"

ENDS: Mapping[str, str] = {
    "tenants.OutgoingMail.to": "retention: 400 days; at erasure, at once",
    "tenants.OutgoingMail.subject": "retention: 400 days; at erasure, at once",
    "tenants.OutgoingMail.text": "passes: emptied as soon as it was sent",
    "tenants.OutgoingMail.html": "passes: emptied as soon as it was sent",
    "tenants.OutgoingMail.attachments": "retention: 400 days; numbers of documents, no files",
    "tenants.OutgoingMail.reply_to": "retention: 400 days; the address of the business",
    "tenants.OutgoingMail.unsubscribe": "retention: 400 days; a digest of the address",
    "tenants.Tenant.name": f"retention: {CLOSED}; a business may be called as its owner",
    "tenants.Tenant.slug": f"retention: {CLOSED}; a year longer, so that nobody else answers at the address",
    "tenants.Domain.domain": f"retention: {CLOSED}",
    "tenants.DomainClaim.domain": f"retention: {CLOSED}",
    "tenants.AbuseReport.page": "retention: 3 years after it was judged; names somebody only where they say so",
    "tenants.AbuseReport.text": "retention: 3 years after it was judged",
    "tenants.AbuseReport.email": "retention: emptied half a year after it was judged",
    "tenants.AbuseReport.verdict": "retention: 3 years after it was judged",
    "tenants.AbuseReport.tenant_name": "retention: as the report",
    "operators.OperatorAct.email": FOR_GOOD,
    "operators.OperatorAct.tenant_name": FOR_GOOD,
    "operators.OperatorAct.about": FOR_GOOD,
    "operators.OperatorAct.reason": FOR_GOOD,
    "operators.LookIn.email": LOOK_INS,
    "operators.LookIn.name": LOOK_INS,
    "operators.LookIn.reason": LOOK_INS,
    "website.SignUp.name": "retention: 30 days after it was typed",
    "website.SignUp.slug": "retention: 30 days after it was typed",
    "website.SignUp.email": "retention: 30 days after it was typed",
    "website.TermsAgreement.email": f"retention: {CLOSED}",
    "subscriptions.Subscription.vat_id": f"retention: {CLOSED}",
    "subscriptions.PlatformInvoice.buyer": "law: invoices are kept as they were written, as tax law asks",
    "subscriptions.PlatformInvoice.buyer_vat_id": "law: as the buyer",
    "axes.AccessAttempt.ip_address": "retention: 30 days; at erasure, at once",
    "axes.AccessFailureLog.ip_address": "retention: 30 days; at erasure, at once",
    "axes.AccessLog.ip_address": "retention: 30 days; at erasure, at once",
    "accounts.Passkey.public_key": "erasure: deleted",
    "bookings.BookingFile.content": "erasure: deleted",
    "desk.ArchiveChunk.content": "passes: 7 days after the archive was put together",
    "desk.ProcessingContact.controller": f"retention: {CLOSED}, or as soon as the owner takes it away",
    "desk.ProcessingContact.representative": f"retention: {CLOSED}, or as soon as the owner takes it away",
    "desk.ProcessingContact.officer": f"retention: {CLOSED}, or as soon as the owner takes it away",
    "djstripe.Customer.email": "law: what belongs to invoices of the platform is kept as tax law asks",
}

NOBODYS: frozenset[str] = frozenset(
    {
        *("tenants.Announcement", "tenants.CertifiedHost", "tenants.GivenUpName", "tenants.GivenUpDomain"),
        *("tenants.InboxEvent", "tenants.Brand", "tenants.BrandDraft", "tenants.BrandEdition", "tenants.Proof"),
        *("tenants.VitalDay", "tenants.Latency", "tenants.Restoration", "tenants.SchemaMigration", "tenants.DueWork"),
        *(
            "tenants.Heartbeat",
            "tenants.Erasure",
            "tenants.OutboxMessage",
            "tenants.Closing",
            "tenants.AbuseReport.schema_name",
        ),
        *("tenants.AbuseReport.language", "tenants.DomainClaim.token", "tenants.DomainClaim.trouble"),
        *("tenants.OutgoingMail.schema_name", "tenants.OutgoingMail.key", "tenants.OutgoingMail.language"),
        *("tenants.OutgoingMail.provider_id", "tenants.Tenant.schema_name", "tenants.Tenant.slug_skeleton"),
        *("tenants.Tenant.state_reason", "tenants.Tenant.time_zone", "tenants.Tenant.currency"),
        *("tenants.Tenant.embedding_sites", "tenants.Tenant.switched_off", "operators.OperatorAct.kind"),
        *("operators.OperatorAct.schema_name", "operators.LookIn.schema_name", "operators.LookIn.role"),
        *("operators.LookIn.digest", "operators.LookIn.opened", "operators.TenantDay", "operators.TenantTakings"),
        *("operators.Reconciled", "website.SignUp.time_zone", "website.SignUp.currency", "website.SignUp.plan"),
        *("website.SignUp.terms", "website.SignUp.texts", "website.SignUp.language", "website.SignUp.schema_name"),
        *("website.SignUpLink", "website.AgreedText", "website.TermsAgreement.version"),
        *("website.TermsAgreement.language", "website.TermsAgreement.texts", "subscriptions.StripeAccount"),
        *("subscriptions.Plan", "subscriptions.Subscription.status", "subscriptions.Subscription.stripe_customer"),
        *("subscriptions.Subscription.stripe_subscription", "subscriptions.Subscription.vat_id_status"),
        *("subscriptions.Concession", "subscriptions.PlatformFee", "subscriptions.PlatformCounter"),
        *("subscriptions.PlatformInvoice.number", "subscriptions.PlatformInvoice.schema_name"),
        *("subscriptions.PlatformInvoice.language", "subscriptions.PlatformInvoice.currency"),
        *("subscriptions.PlatformInvoice.tax_note", "subscriptions.PlatformInvoice.seller"),
        *("subscriptions.PlatformInvoice.seller_vat_id", "contenttypes.ContentType", "auth.Permission", "auth.Group"),
        "venues.PictureFile.content",
    }
)
NUMBERS: frozenset[str] = frozenset(
    {
        *(
            "accounts.Session.user_id",
            "bookings.BookingEvent.actor_id",
            "desk.Change.actor_id",
            "desk.LookedIn.user_id",
        ),
        *("bookings.Look.viewer_id", "bookings.Look.account_id", "bookings.Merge.by_id", "operators.LookIn.user_id"),
        *("bookings.MessageTemplate.updated_by_id", "tenants.BrandEdition.published_by"),
        "tenants.BrandEdition.undone_by",
    }
)
"""Numbers of people that are no foreign keys."""
