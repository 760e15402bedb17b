"""What becomes of everything that lies outside a tenant's schema when the tenant is put back from a backup.

`tests/tenants/backups/test_fates.py` walks all models of `public` and all kinds of due work: one that is not named here
turns the build red. docs/operations/restore.md says the same for people, and a test holds the two together.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Fate(StrEnum):
    """`stays`: what is there now is true. `back`: what was there at the time of the backup is."""

    STAYS = "stays"
    BACK = "back"


class Rows(NamedTuple):
    """Rows about a tenant: the column that says about which, and their fates where it is there, and where it is gone.

    With `gone` as `back`, rows of a tenant that was deleted are written anew, under new numbers.
    """

    column: str
    there: Fate
    gone: Fate
    why: str


PUBLIC: Mapping[str, Rows] = {
    "tenants.Tenant": Rows(
        "id",
        Fate.BACK,
        Fate.BACK,
        "its own settings go back (SETTINGS); name at the platform, state and what the plan allows are what they are",
    ),
    "tenants.Brand": Rows("tenant_id", Fate.BACK, Fate.BACK, "its pictures lie in the schema"),
    "tenants.BrandDraft": Rows("tenant_id", Fate.BACK, Fate.BACK, "as the look"),
    "tenants.BrandEdition": Rows("tenant_id", Fate.BACK, Fate.BACK, "as the look"),
    "tenants.Domain": Rows(
        "tenant_id",
        Fate.STAYS,
        Fate.STAYS,
        "who has a domain is what DNS says today; of one that is gone only its own address comes back",
    ),
    "tenants.DomainClaim": Rows(
        "tenant_id",
        Fate.STAYS,
        Fate.BACK,
        "of one that is gone they come back without proof, and are served once the TXT record was seen again",
    ),
    "tenants.CertifiedHost": Rows(
        "tenant_id",
        Fate.STAYS,
        Fate.STAYS,
        "what authorities have counted is not undone",
    ),
    "tenants.Closing": Rows(
        "tenant_id", Fate.STAYS, Fate.STAYS, "what an owner has decided since is not undone; who comes back is open"
    ),
    "tenants.Proof": Rows(
        "schema_name", Fate.STAYS, Fate.STAYS, "when it was proved last is the platform's; it is proved again soon"
    ),
    "tenants.OutgoingMail": Rows(
        "schema_name",
        Fate.STAYS,
        Fate.BACK,
        "what was sent is not sent again; what waits about things that the backup does not have does not go",
    ),
    "tenants.DueWork": Rows("schema_name", Fate.BACK, Fate.BACK, "by its kind: KINDS"),
    "tenants.OutboxMessage": Rows(
        "schema_name", Fate.STAYS, Fate.STAYS, "only what waited then and waits still is told; nothing is told twice"
    ),
    "website.TermsAgreement": Rows("tenant_id", Fate.STAYS, Fate.BACK, "who has agreed has agreed"),
    "subscriptions.StripeAccount": Rows(
        "tenant_id", Fate.STAYS, Fate.BACK, "Stripe knows better: it is asked after the restore"
    ),
    "subscriptions.Subscription": Rows(
        "tenant_id", Fate.STAYS, Fate.BACK, "Stripe knows better: it is asked after the restore"
    ),
    "subscriptions.Concession": Rows("tenant_id", Fate.STAYS, Fate.BACK, "what was agreed with it since is so"),
    "subscriptions.PlatformFee": Rows(
        "tenant_id", Fate.STAYS, Fate.STAYS, "what the platform took is so; those of one that was gone are its again"
    ),
    "subscriptions.PlatformInvoice": Rows("schema_name", Fate.STAYS, Fate.STAYS, "was sent, and outlives its tenant"),
}
"""Tables of `public` with rows about a tenant, all of which are in a backup."""
LEFT_ALONE: Mapping[str, str] = {
    "tenants.Erasure": "who was erased stays erased: it is done again in what was put back",
    "tenants.Restoration": "says that and when it was restored",
    "tenants.SchemaMigration": "what was last tried with its schema; what a schema has stands in the schema",
    "tenants.Announcement": "what operators have said stays said",
    "tenants.AbuseReport": "what visitors have reported stays reported",
    "website.SignUp": "how it began",
    "operators.LookIn": "who looked in stays so",
    "operators.TenantDay": "what was counted of a day stays so",
    "operators.TenantTakings": "what was paid on a day was paid",
    "operators.Reconciled": "says when it was last held against Stripe",
    "operators.OperatorAct": "what operators did stays so, and nobody can change it",
}
"""Tables about tenants that are in no backup, and stay as they are."""
SETTINGS = ("name", "time_zone", "currency", "embedding_sites", "set_up_at", "has_samples")
"""Columns of `tenants.Tenant` that an owner has set, or that must fit the rows in the schema."""
STANDS = (
    *("id", "schema_name", "slug", "slug_skeleton", "state", "state_reason", "switched_off", "is_canary", "created_at"),
    *("most_venues", "most_resources", "most_staff", "most_bookings", "takes_public_bookings"),
)
"""The others: who it is, what operators have decided, and what its plan allows."""


class Work(StrEnum):
    """Whether due work of a kind is that of the backup, that of today, or none."""

    BACK = "back"
    STAYS = "stays"
    NONE = "none"


_OF_PUBLIC = (
    *("mail", "forget_letter"),  # letters, by their numbers
    *("domain_proof", "domain_served", "domain_taken", "closing_plan"),
    *("subscription", "subscription_mirror", "stripe_deadline", "wallet_hosts", "books"),
    *("clean_up", "figures", "retention"),
)
_OF_SCHEMA = (
    *("archive", "balance", "batch", "booking_clock", "clearing", "import", "sample_data"),
    *("calendar_check", "calendar_fit", "calendar_leave", "calendar_pull", "calendar_push"),
    *("credit_note", "desk_paper", "dispute_transfer", "disputes", "forget_cards", "invoice", "pay_back", "payment"),
    *("notice", "notice_rules", "receipt", "redeemed", "refund", "report-mailing", "summary"),
    *("waitlist", "waitlist_entry", "webhook_prune"),
)
KINDS: Mapping[str, Work] = {
    **dict.fromkeys(_OF_PUBLIC, Work.STAYS),
    **dict.fromkeys(_OF_SCHEMA, Work.BACK),
    "webhook": Work.NONE,  # what waited then was told since: its deliveries are called off
}
"""What becomes of due work. `back` comes with its times: what was due meanwhile is done at once, and looks first."""
NEVER_BACK: Mapping[str, tuple[str, str]] = {"payments_documentcounter": ("series", "last")}
"""Counters in rows: a number of an invoice that was given out since the backup is not given to another one."""
ENDED = ("django_session",)
"""Tables whose rows are not put back: everybody signs in again."""
