"""That a business closes, and names that were given up. In `public`; the acts are in `tenants.closing`."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

NAME_RESTS = timedelta(days=180)
"""So long the name of a business that is gone is nobody's."""


class Closing(models.Model):
    """An owner has closed the business: nothing new is taken, and at `final_at` everything of it is deleted.

    `sealed_at`: since then its hosts are shut, and nobody takes it back any more. `held_up`: codes of what put it off.
    """

    tenant = models.OneToOneField("tenants.Tenant", on_delete=models.CASCADE, related_name="closing")
    asked_at = models.DateTimeField()
    final_at = models.DateTimeField()
    sealed_at = models.DateTimeField(null=True, blank=True)
    held_up = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(final_at__gt=F("asked_at")), name="closing_leaves_time"),
        ]
        indexes = [
            # Serves the clock: those that come to an end.
            models.Index(fields=["final_at"], name="closing_final"),
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id} until {self.final_at:%Y-%m-%d %H:%M}"


class GivenUpName(models.Model):
    """The name of a business that is gone, and nothing else of it: its host says so, and nobody takes it at once.

    Letters, printed codes and other people's sites go on leading there, also to run a script (`widget.js`): whoever
    had the name the day after could answer in the business's place (T25).
    """

    slug = models.CharField(max_length=63, unique=True)
    slug_skeleton = models.CharField(max_length=63, unique=True)
    gone_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.slug

    @classmethod
    def rests(cls, skeleton: str) -> bool:
        """Whether nobody may have a name that reads so yet."""
        return cls.objects.filter(slug_skeleton=skeleton, gone_at__gt=Now() - NAME_RESTS).exists()


class GivenUpDomain(models.Model):
    """A domain that such a business had brought: says that it is gone, too, while the name rests.

    Whoever brings it next and proves that it is theirs has it at once.
    """

    domain = models.CharField(max_length=253, unique=True)
    name = models.ForeignKey(GivenUpName, on_delete=models.CASCADE, related_name="domains")

    def __str__(self) -> str:
        return self.domain

    @classmethod
    def rests(cls, domain: str) -> bool:
        """Whether the business that had it has gone a short while ago."""
        return cls.objects.filter(domain=domain, name__gone_at__gt=Now() - NAME_RESTS).exists()
