"""Which domains tenants say are theirs, and how far each is proven. In `public`."""

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class DomainClaim(models.Model):
    """A domain that a tenant wants to be reached at. `tenants.domains` proves it; only then it is a `Domain`.

    Many may wait for one name; it is proven for one of them at most. `token` is what its TXT record says. Since
    `lost_since` the record is missing. `points_here` is None until somebody looked.
    """

    class Trouble(models.TextChoices):
        """What was found when it was looked at last."""

        NONE = "", "-"
        NO_RECORD = "no_record", _("There is no TXT record yet.")
        OTHER_RECORD = "other_record", _("There is a TXT record, and it says something else.")
        UNREACHABLE = "unreachable", _("Nobody answers for this domain at the moment.")
        TAKEN = "taken", _("Another business has proven this domain and its record is still there.")

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="claims")
    domain = models.CharField(max_length=253)
    token = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True, blank=True)
    proven_at = models.DateTimeField(null=True, blank=True)
    lost_since = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=12, choices=Trouble.choices, blank=True, default=Trouble.NONE)
    points_here = models.BooleanField(null=True, blank=True)

    class Meta:
        ordering = ["domain"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "domain"], name="claim_once"),
            models.UniqueConstraint(
                fields=["domain"], condition=models.Q(proven_at__isnull=False), name="claim_proven_once"
            ),
            models.CheckConstraint(condition=models.Q(domain=Lower("domain")), name="claim_lower_case"),
        ]

    def __str__(self) -> str:
        return self.domain
