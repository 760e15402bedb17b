"""A picture in each world, of the same digest, whose bytes are the canary."""

from tests.worlds import World
from venues.models import Picture, PictureFile, ShownPicture

DIGEST, FILE = "c" * 64, "320.webp"


def furnish_pictures(world: World) -> None:
    """The venue shows it."""
    picture = Picture.objects.create(digest=DIGEST, width=320, height=240)
    PictureFile.objects.create(picture=picture, name=FILE, content=world.canary.encode())
    ShownPicture.objects.create(picture=picture, venue_id=world.venue, description=world.canary)
