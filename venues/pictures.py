"""Pictures of a tenant: taken, shown, moved, taken down, swept.

`take` first, in no transaction (drawing takes its time), then `show`. A picture is there once, however often it is
brought, and is known by what it looks like: its address never means anything else, so it may be kept for ever.
"""

from collections.abc import Sequence
from datetime import timedelta

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from kernel.errors import Invalid, NotFound, Refused
from schemas.current import current_schema
from schemas.keys import lock_key
from schemas.transactions import transact
from tenants import brands, cleaning
from tenants.models import Tenant
from venues.encoding import Drawn, Use, draw
from venues.models import Picture, PictureFile, Resource, ShownPicture, Venue

MOST_OF_A_PLACE, MOST_OF_A_TENANT = 12, 500
KEPT_UNSHOWN = timedelta(days=1)

Place = Venue | Resource


def take(upload: bytes, use: Use = Use.PLACE) -> Picture:
    """The picture that was brought, drawn anew and kept; call it outside of a transaction.

    Raises `Invalid` as `encoding.draw` does, and `Refused("too_many_pictures")` with `most`.
    """
    drawn = draw(upload, use)
    return keep(drawn)


def shown() -> QuerySet[ShownPicture]:
    """What is shown, in order and with its picture: for `Prefetch("pictures", pictures.shown())`."""
    return ShownPicture.objects.select_related("picture").order_by("position", "pk")


def show(picture: Picture, place: Place, description: str) -> ShownPicture:
    """Put a picture at the end of those of a venue or a resource; raises `Refused("too_many_pictures")`."""

    def act() -> ShownPicture:
        _alone()
        row = ShownPicture(picture=picture, description=_checked(description), **_of(place))
        row.position = _room(list(ShownPicture.objects.filter(**_of(place))))
        row.save()
        return row

    return transact(act)


def describe(row: ShownPicture, description: str) -> None:
    """Say anew what a picture shows."""
    row.description = _checked(description)
    transact(lambda: row.save(update_fields=["description"]))


def arrange(place: Place, order: Sequence[int]) -> None:
    """Bring what a place shows into an order of ids; those that are not named follow as they were."""

    def act() -> None:
        _alone()
        rows = {row.pk: row for row in ShownPicture.objects.filter(**_of(place))}
        named = [rows[key] for key in dict.fromkeys(order) if key in rows]
        wanted = [*named, *(row for row in rows.values() if row not in named)]
        for position, row in enumerate(wanted):
            row.position = position
        ShownPicture.objects.bulk_update(wanted, ["position"])

    transact(act)


def take_down(place: Place, shown_id: int) -> None:
    """A venue or a resource shows a picture no longer; raises `NotFound`."""

    def act() -> None:
        _alone()
        gone, _by = ShownPicture.objects.filter(pk=shown_id, **_of(place)).delete()
        if not gone:
            raise NotFound("not_found", _("There is no such picture."))

    transact(act)


def content_of(digest: str, name: str) -> bytes | None:
    """The bytes of one size, in this schema only; None where there is no such file."""
    found = PictureFile.objects.filter(picture__digest=digest, name=name).values_list("content", flat=True).first()
    return None if found is None else bytes(found)


@cleaning.of_tenants("pictures")
def sweep() -> int:
    """Delete what no page and no look shows, a day after it was brought."""

    def act() -> int:
        in_use = set(brands.digests(Tenant.objects.get(schema_name=current_schema())))
        old = Picture.objects.filter(taken_at__lt=Now() - KEPT_UNSHOWN, shown=None).exclude(digest__in=in_use)
        # Locked, then looked at again: whoever brings it once more at this moment makes it young.
        keys = list(Picture.objects.select_for_update().filter(pk__in=old.values("pk")).values_list("pk", flat=True))
        gone = Picture.objects.filter(pk__in=keys, taken_at__lt=Now() - KEPT_UNSHOWN, shown=None)
        return gone.delete()[1].get("venues.Picture", 0)

    return transact(act)


def keep(drawn: Drawn) -> Picture:
    """What was drawn anew, kept; raises `Refused("too_many_pictures")`."""
    return transact(lambda: _keep(drawn))


def _keep(drawn: Drawn) -> Picture:
    _alone()
    picture = Picture.objects.filter(digest=drawn.digest).first()
    if picture is None:
        if Picture.objects.count() >= MOST_OF_A_TENANT:
            raise _too_many(MOST_OF_A_TENANT)
        picture = Picture(digest=drawn.digest, width=drawn.width, height=drawn.height, tone=drawn.tone)
    picture.taken_at = Now()
    picture.save()
    files = [PictureFile(picture=picture, name=name, content=content) for name, content in drawn.files.items()]
    PictureFile.objects.bulk_create(files, ignore_conflicts=True)
    picture.refresh_from_db()
    return picture


def _alone() -> None:
    """Nobody else adds or moves pictures of this tenant until the caller's commit, so that limits hold."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock_key("pictures")])


def _room(rows: list[ShownPicture]) -> int:
    if len(rows) >= MOST_OF_A_PLACE:
        raise _too_many(MOST_OF_A_PLACE)
    return max((row.position for row in rows), default=-1) + 1


def _too_many(most: int) -> Refused:
    return Refused(
        "too_many_pictures", _("There are %(most)s pictures, and no room for more.") % {"most": most}, {"most": most}
    )


def _of(place: Place) -> dict[str, Place | None]:
    return {"venue": place} if isinstance(place, Venue) else {"resource": place}


def _checked(description: str) -> str:
    words = " ".join(description.split())
    if len(words) > ShownPicture.LONGEST_DESCRIPTION:
        raise Invalid("description_too_long", _("Say what the picture shows in 200 characters."))
    return words
