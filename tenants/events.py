"""What the outside told us. In `public`."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class InboxEvent(models.Model):
    """Something that the outside told us, once, whoever delivers it how often. `tenants.inbox` works on it.

    The event's body is not kept: whoever handles it asks for the object as it is now. A claim moves `due_at`
    forward by the lease, as with `DueWork`; the last four states are the end.
    """

    class State(models.TextChoices):
        """`ignored`: nothing of ours. `rejected`: not to be believed, somebody was told. `dead`: given up."""

        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        IGNORED = "ignored", _("Ignored")
        REJECTED = "rejected", _("Rejected")
        DEAD = "dead", _("Dead")

    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=255)
    kind = models.CharField(max_length=80)
    endpoint = models.CharField(max_length=20)
    account_id = models.CharField(max_length=64, blank=True)
    object_id = models.CharField(max_length=255, blank=True)
    is_live = models.BooleanField()
    made_at = models.DateTimeField()
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    note = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="inbox_once"),
        ]
        indexes = [
            # Serves the claim.
            models.Index(fields=["due_at"], condition=models.Q(state="waiting"), name="inbox_due"),
            models.Index(fields=["kind"], condition=models.Q(state="dead"), name="inbox_dead"),
            # Serve the operators' list, newest first: of a state, a kind, an account, an object.
            models.Index(fields=["state", "-id"], name="inbox_of_state"),
            models.Index(fields=["kind", "-id"], name="inbox_of_kind"),
            models.Index(fields=["account_id", "-id"], name="inbox_of_account"),
            models.Index(fields=["object_id"], condition=~models.Q(object_id=""), name="inbox_of_object"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"
