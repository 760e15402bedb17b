"""Who signs up, and which terms a business has agreed to. All in `public`."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from tenants.models import Tenant


class SignUp(models.Model):
    """Everything that somebody typed who wants to open a business; `website.signing` and `website.opening` work on it.

    Its id is in the address of pages that ask for another letter, and opens nothing. `plan` is the code of a plan,
    empty where none are sold; `terms` the version that was ticked, `texts` the digests of what was
    shown (`AgreedText`); `schema_name` the business that was made of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    slug = models.CharField(max_length=63)
    email = models.EmailField(max_length=254)
    time_zone = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    plan = models.CharField(max_length=30, blank=True)
    terms = models.CharField(max_length=10)
    texts = ArrayField(models.CharField(max_length=64), default=list)
    language = models.CharField(max_length=8)
    letters = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    schema_name = models.CharField(max_length=63, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="sign_up_email_lower_case"),
            models.CheckConstraint(
                condition=models.Q(used_at=None, schema_name="") | models.Q(used_at__isnull=False, schema_name__gt=""),
                name="sign_up_used_for_a_schema",
            ),
        ]
        indexes = [
            # Serves the list of them, newest first, and the sweep of the old.
            models.Index(fields=["-made_at"], name="sign_up_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.slug} of {self.made_at:%Y-%m-%d}"


class SignUpLink(models.Model):
    """A link that was mailed to whoever signs up; each letter has its own, and all lead to the same sign-up.

    Only the digest of its secret is kept.
    """

    sign_up = models.ForeignKey(SignUp, on_delete=models.CASCADE, related_name="links")
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"link of {self.sign_up_id}"


class AgreedText(models.Model):
    """A text as it was shown to somebody who agreed to it, kept once for each digest (SHA-256, hex) and for good.

    `name` is that of its page, `version` the one that stood above it. PostgreSQL refuses to change or delete a row.
    """

    digest = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=12)
    version = models.CharField(max_length=10)
    language = models.CharField(max_length=8)
    text = models.TextField()
    kept_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.version} ({self.language})"


class TermsAgreement(models.Model):
    """Which version of the terms a business has agreed to, when and by whom: kept for as long as the business.

    `texts` are the digests of what was shown, in `language`: `AgreedText`. PostgreSQL refuses to change a row.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="terms_agreements")
    version = models.CharField(max_length=10)
    email = models.EmailField(max_length=254)
    language = models.CharField(max_length=8)
    texts = ArrayField(models.CharField(max_length=64))
    agreed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "version"], name="terms_agreement_once"),
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id} agreed to {self.version}"
