"""What visitors report about a tenant's pages to the platform (Digital Services Act, article 16). In `public`."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class AbuseReport(models.Model):
    """A page that somebody finds unlawful or deceptive. It is open until an operator has judged it.

    `email` is of whoever reports, empty if they want no answer. `verdict` is what the operator found, with the reasons.
    """

    class Kind(models.TextChoices):
        """What is the matter with it."""

        FRAUD = "fraud", _("Fraud or a business that does not exist")
        UNLAWFUL = "unlawful", _("Unlawful content")
        RIGHTS = "rights", _("Somebody's rights are violated (copyright, trade mark, privacy)")
        OTHER = "other", _("Something else")

    LONGEST = 2000

    schema_name = models.CharField(max_length=63)
    tenant_name = models.CharField(max_length=120)
    page = models.CharField(max_length=300)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    text = models.TextField(max_length=LONGEST)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=8, blank=True)
    reported_at = models.DateTimeField()
    judged_at = models.DateTimeField(null=True, blank=True)
    verdict = models.TextField(max_length=LONGEST, blank=True)

    class Meta:
        ordering = ["judged_at", "-reported_at"]
        indexes = [
            # Serves the list of what is still to be judged, and the number beside it.
            models.Index(fields=["reported_at"], condition=Q(judged_at=None), name="abusereport_open"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.schema_name}"
