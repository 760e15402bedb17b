"""What is told to people: an owner's own words, when which message goes, and each message that went."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bookings.models.booking import Booking
from schemas.models import SchemaBound

YEAR_OF_MINUTES = 366 * 24 * 60


class Channel(models.TextChoices):
    """The ways to somebody."""

    MAIL = "mail", _("Mail")
    SMS = "sms", _("Short message")


class MessageTemplate(SchemaBound):
    """A tenant's own words for one kind of message, by channel and language; without a row, the house's are used.

    `subject` and `body` are Liquid; `bookings.letters` knows the kinds and what each of them may name.
    """

    kind = models.CharField(max_length=24)
    channel = models.CharField(max_length=4, choices=Channel.choices)
    language = models.CharField(max_length=8)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(max_length=5000)
    updated_at = models.DateTimeField()
    updated_by_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["kind", "channel", "language"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "channel", "language"], name="template_once"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="template_channel_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.channel} {self.language}"


class MessageRule(SchemaBound):
    """That a kind of message goes by a channel; `minutes` before the start (reminders) or after the end (reviews).

    Kinds without any row go as the house does it; a row with `is_on` false keeps a kind from going by that channel.
    """

    kind = models.CharField(max_length=24)
    channel = models.CharField(max_length=4, choices=Channel.choices)
    minutes = models.PositiveIntegerField(default=0, validators=[MaxValueValidator(YEAR_OF_MINUTES)])
    is_on = models.BooleanField(default=True)

    class Meta:
        ordering = ["kind", "channel", "minutes"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "channel", "minutes"], name="rule_once"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="rule_channel_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.channel} {self.minutes}"


class MessageSettings(SchemaBound):
    """How a tenant writes; one row, or none for what is usual. Hours are wall time in the tenant's zone.

    Between `quiet_from` and `quiet_until` no short message goes; `summary_at` None sends owners no daily summary.
    """

    ONLY = 1

    sends_sms = models.BooleanField(default=False)
    quiet_from = models.TimeField(default="21:00")
    quiet_until = models.TimeField(default="08:00")
    summary_at = models.TimeField(null=True, blank=True, default="07:00")
    reply_to = models.EmailField(blank=True)
    signature = models.TextField(max_length=500, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="message_settings_once")]

    def __str__(self) -> str:
        return "message settings"


class Notice(SchemaBound):
    """One message to one person, once per (booking, kind, channel, due): what will go, what went, and how that ended.

    `due_at` is when it belongs to go, `send_at` when it does (quiet hours, another try). `starts_at` is the start
    that a reminder speaks of. A short message that may have gone is `unknown` and never sent again.
    """

    class State(models.TextChoices):
        """Where the message is; `skipped` says in `why` for what reason it does not go."""

        PLANNED = "planned", _("Planned")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        SKIPPED = "skipped", _("Not sent")
        FAILED = "failed", _("Failed")
        BOUNCED = "bounced", _("Came back")
        UNKNOWN = "unknown", _("Not known")

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, null=True, blank=True, related_name="notices")
    kind = models.CharField(max_length=24)
    channel = models.CharField(max_length=4, choices=Channel.choices)
    to = models.CharField(max_length=254, blank=True)
    language = models.CharField(max_length=8)
    due_at = models.DateTimeField()
    send_at = models.DateTimeField()
    starts_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.PLANNED)
    why = models.CharField(max_length=80, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    provider_id = models.CharField(max_length=160, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-due_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["booking", "kind", "channel", "due_at"], condition=~Q(booking=None), name="notice_once"
            ),
            models.UniqueConstraint(
                fields=["kind", "channel", "due_at", "to"], condition=Q(booking=None), name="notice_of_house_once"
            ),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="notice_channel_known"),
        ]
        indexes = [
            # Serves the delivery log of a booking.
            models.Index(fields=["booking", "due_at"], name="notice_booking_due"),
            # Serves the delivery log of the tenant.
            models.Index(fields=["-due_at", "-id"], name="notice_due"),
            # Serves what a provider tells of a message later.
            models.Index(fields=["provider_id"], condition=~Q(provider_id=""), name="notice_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.channel} {self.due_at:%F %R}"


class NoMail(SchemaBound):
    """An address that must not be written to, as a digest: not at all where it bounced, else nothing optional."""

    class Reason(models.TextChoices):
        """Why not."""

        BOUNCED = "bounced", _("Mail came back")
        COMPLAINED = "complained", _("Reported as spam")
        UNSUBSCRIBED = "unsubscribed", _("Does not want it")

    digest = models.CharField(max_length=64, unique=True)
    reason = models.CharField(max_length=12, choices=Reason.choices)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.reason} {self.digest[:8]}"
