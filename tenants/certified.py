"""Hosts for which a certificate was allowed. In `public`; `tenants.certificates` decides."""

from django.db import models
from django.db.models.functions import Now


class CertifiedHost(models.Model):
    """A host that might have its first certificate at `allowed_at`; renewals are not counted.

    `registered` is what was registered of it, such as `club.example`, by which authorities count. The row stays when
    the domain is given up: who gives up and proves again orders no more than others.
    """

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    host = models.CharField(max_length=253, unique=True)
    registered = models.CharField(max_length=253)
    allowed_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            # Serve the counting of what is new: of all, and of one registered name.
            models.Index(fields=["allowed_at"], name="certified_when"),
            models.Index(fields=["registered", "allowed_at"], name="certified_registered"),
        ]

    def __str__(self) -> str:
        return self.host
