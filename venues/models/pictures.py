"""Pictures: re-encoded by us, kept as bytes in the tenant's schema (decision 37), and who shows them."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from schemas.models import SchemaBound
from tenants.looks import Tone
from venues.models.places import Resource, Venue


class Picture(SchemaBound):
    """A picture that somebody brought, by the SHA-256 (hex) of what we made of it; its largest size in pixels.

    `tone` is where a clear logo cannot be seen. `taken_at` is when it was brought last: what nobody shows a day later
    is swept (`venues.pictures`).
    """

    digest = models.CharField(max_length=64, unique=True)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    tone = models.CharField(max_length=5, choices=Tone.choices, blank=True, default=Tone.NONE)
    taken_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.digest[:12]} ({self.width} x {self.height})"


class PictureFile(SchemaBound):
    """One size of a picture as it is served: `640.webp`, `card.jpg`. Apart, so that no list of pictures reads bytes."""

    picture = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=16)
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["picture", "name"], name="picturefile_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.picture_id}"


class ShownPicture(SchemaBound):
    """A picture on the page of a venue or a resource; `description` is what it shows, for those who do not see it."""

    LONGEST_DESCRIPTION = 200

    picture = models.ForeignKey(Picture, on_delete=models.PROTECT, related_name="shown")
    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="pictures", null=True, blank=True)
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="pictures", null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    description = models.CharField(max_length=LONGEST_DESCRIPTION, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(venue=None, resource__isnull=False) | Q(venue__isnull=False, resource=None),
                name="picture_of_venue_or_resource",
            ),
        ]

    def __str__(self) -> str:
        return self.description or str(self.picture)
