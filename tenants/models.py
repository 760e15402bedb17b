"""Who rents a place on the platform, at which hosts, and what is due for them. All in `public`."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _
from django_tenants.models import DomainMixin, TenantMixin
from django_tenants.utils import tenant_context

from accounts.models import Role, User
from tenants.announcements import Announcement
from tenants.certified import CertifiedHost
from tenants.claims import DomainClaim
from tenants.closings import Closing, GivenUpDomain, GivenUpName
from tenants.erasures import Erasure
from tenants.events import InboxEvent
from tenants.looks import Brand, Look
from tenants.promises import Latency, Proof, VitalDay
from tenants.reported import AbuseReport
from tenants.restorations import Restoration
from tenants.schemamigrations import SchemaMigration
from tenants.slugs import skeleton, validate_slug
from tenants.zones import validate_zone

PUBLIC_SLUG = "platform-itself"
__all__ = [
    "PUBLIC_SLUG",
    "AbuseReport",
    "Announcement",
    "CertifiedHost",
    "Closing",
    "Domain",
    "DomainClaim",
    "DueWork",
    "Erasure",
    "GivenUpDomain",
    "GivenUpName",
    "Heartbeat",
    "InboxEvent",
    "Latency",
    "OutboxMessage",
    "OutgoingMail",
    "Proof",
    "Restoration",
    "SchemaMigration",
    "Tenant",
    "VitalDay",
]


class Tenant(TenantMixin):
    """A venue business. Its data live in the schema `schema_name`, which is made and dropped by `provisioning`."""

    class State(models.TextChoices):
        """`creating` and `restoring` answer 503, `ready` works, `suspended` takes nothing new, `leaving` is removed."""

        CREATING = "creating", _("Creating")
        READY = "ready", _("Ready")
        SUSPENDED = "suspended", _("Suspended")
        RESTORING = "restoring", _("Being restored")
        LEAVING = "leaving", _("Leaving")

    AT_WORK = (State.READY, State.SUSPENDED)
    """Whose due work is done: a suspended tenant takes nothing new, but refunds, expiry and papers go on."""

    name = models.CharField(max_length=120)
    slug = models.CharField(max_length=63, unique=True, validators=[validate_slug])
    slug_skeleton = models.CharField(max_length=63, unique=True, editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CREATING)
    state_reason = models.CharField(max_length=200, blank=True)
    time_zone = models.CharField(max_length=64, validators=[validate_zone])
    currency = models.CharField(
        max_length=3, validators=[RegexValidator(r"\A[A-Z]{3}\Z", _("Use a code such as EUR."))]
    )
    # What the plan allows; None is without limit. `billing.subscriptions` writes them.
    most_venues = models.PositiveIntegerField(null=True, blank=True)
    most_resources = models.PositiveIntegerField(null=True, blank=True)
    most_staff = models.PositiveIntegerField(null=True, blank=True)
    most_bookings = models.PositiveIntegerField(null=True, blank=True)
    takes_public_bookings = models.BooleanField(default=True)
    # Origins of sites that may show its pages in a frame; `tenants.embedders` writes them.
    embedding_sites = ArrayField(models.CharField(max_length=270), default=list, blank=True)
    # What operators have switched off here: names of `tenants.features`.
    switched_off = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    # When somebody was through with the first steps, or put them away; None: the desk shows the way to them.
    set_up_at = models.DateTimeField(null=True, blank=True)
    # Whether there is a venue that is made up, for the desk to say so on each page; the venue itself says which.
    has_samples = models.BooleanField(default=False)
    # Whether migrations come here before they come to the others (`tenants.rollout`).
    is_canary = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    _dress: Look | None = None
    told: list[dict[str, str]] = []
    """What the platform announces to those who work here; `hosts` brings it along."""

    # `provisioning` makes the schema from a template and drops it; saving a row never does.
    auto_create_schema = False
    auto_drop_schema = False

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["creating", "ready", "suspended", "restoring", "leaving"]),
                name="tenant_state_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a slug that reads like another tenant's."""
        self.slug_skeleton = skeleton(self.slug)
        others = Tenant.objects.filter(slug_skeleton=self.slug_skeleton).exclude(pk=self.pk)
        if others.exists() or (self.pk is None and GivenUpName.rests(self.slug_skeleton)):
            raise ValidationError({"slug": ValidationError(_("This name is taken."), code="slug_taken")})

    @property
    def look(self) -> Look:
        """How its pages look; `hosts` brings it along, elsewhere it is a query, once."""
        if self._dress is not None:
            return self._dress
        try:
            brand: Look = self.brand
        except Brand.DoesNotExist:
            return Brand(tenant=self)
        return brand

    def dressed_in(self, look: Look) -> None:
        """Have pages show another look than the published one: a preview, on a copy of the row."""
        self._dress = look

    @property
    def is_ready(self) -> bool:
        """Whether its hosts answer."""
        return self.state == self.State.READY

    @property
    def final_at(self) -> datetime | None:
        """When it will be gone, of a business that its owner has closed; `hosts` brings it along."""
        return self.closing.final_at if hasattr(self, "closing") else None

    @property
    def takes_new_bookings(self) -> bool:
        """Whether the public may book: it is open, not closed by its owner, and its plan is paid."""
        return self.is_ready and self.takes_public_bookings and self.final_at is None

    @property
    def email(self) -> str:
        """Where the platform writes: its first owner's address, empty without one. dj-stripe insists on the name."""
        with tenant_context(self):
            owners = User.objects.filter(role=Role.OWNER, is_active=True).order_by("pk")
            return owners.values_list("email", flat=True).first() or ""


class Domain(DomainMixin):
    """A host name, in lower case and without a trailing dot, at which a tenant answers."""

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(domain=Lower("domain")), name="domain_lower_case"),
        ]

    def __str__(self) -> str:
        return str(self.domain)


class DueWork(models.Model):
    """Something to be done for a tenant at a time: PostgreSQL is the schedule.

    A claim moves `due_at` forward by the lease, so that work of a worker that
    died comes due again; what is done is deleted. `attempts` numbers the claims,
    `tries` those that were begun: what waits long in a queue is not tired by it.
    """

    schema_name = models.CharField(max_length=63)
    kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64)
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)
    is_dead = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["schema_name", "kind", "object_id"], name="duework_once"),
        ]
        indexes = [
            # Serves the claim: cost follows what is due, not how many tenants there are.
            models.Index(fields=["due_at"], condition=models.Q(is_dead=False), name="duework_due"),
            # The same for a queue, whatever waits in the others.
            models.Index(fields=["kind", "due_at"], condition=models.Q(is_dead=False), name="duework_kind_due"),
            models.Index(fields=["kind"], condition=models.Q(is_dead=True), name="duework_dead"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id} of {self.schema_name}"


class Heartbeat(models.Model):
    """When something that runs by the clock ran last, by name: proof that beat, broker and a worker live."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%H:%M:%S}"


class OutboxMessage(models.Model):
    """Something that happened, for those who tell the outside: written by the change's own transaction.

    `order_key` is what it happened to (`booking:<uuid>`); its messages are handed on one after the other. What failed
    is due later; what is done is deleted, and what is dead stays until somebody replays it.
    `tenants.outbox` works on it.
    """

    schema_name = models.CharField(max_length=63)
    topic = models.CharField(max_length=40)
    order_key = models.CharField(max_length=80)
    reference = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(db_default=0)
    last_error = models.CharField(max_length=200, blank=True, db_default="")
    is_dead = models.BooleanField(db_default=False)

    class Meta:
        indexes = [
            # Serves the claim: cost follows what is due, not how many tenants there are.
            models.Index(fields=["due_at", "id"], condition=models.Q(is_dead=False), name="outbox_due"),
            # Serves "nothing of it waits before this".
            models.Index(
                fields=["schema_name", "order_key", "id"], condition=models.Q(is_dead=False), name="outbox_order"
            ),
            models.Index(fields=["topic"], condition=models.Q(is_dead=True), name="outbox_dead"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.reference} of {self.schema_name}"


class OutgoingMail(models.Model):
    """A letter of a tenant to one person, once per key. `tenants.mail` writes and sends it.

    Its text is there until it was sent; `attachments` are references to what is rendered then. `unsubscribe` is
    where who gets it stops such letters, empty for what has to be told. `provider_id` is the carrier's name for it.
    """

    class State(models.TextChoices):
        """`refused`: the address is none, nobody may write to it, or the receiving server will not have it."""

        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        REFUSED = "refused", _("Refused")
        DELIVERED = "delivered", _("Delivered")
        BOUNCED = "bounced", _("Came back")
        COMPLAINED = "complained", _("Reported as spam")

    LONGEST_ADDRESS = 254

    schema_name = models.CharField(max_length=63)
    key = models.CharField(max_length=160)
    to = models.CharField(max_length=LONGEST_ADDRESS)
    language = models.CharField(max_length=8)
    subject = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    attachments = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    reply_to = models.CharField(max_length=LONGEST_ADDRESS, blank=True)
    unsubscribe = models.CharField(max_length=400, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    provider_id = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["schema_name", "key"], name="mail_once"),
        ]
        indexes = [
            # Serves what a provider tells of a letter later.
            models.Index(fields=["provider_id"], condition=~models.Q(provider_id=""), name="mail_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.schema_name}"
