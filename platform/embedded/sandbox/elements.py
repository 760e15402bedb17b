"""The stand-in for Stripe.js, and the frame with its fields: files of `browser/`, served as they are."""

from pathlib import Path

from embedded.sandbox.messages import Answer
from embedded.sandbox.pages import page as route
from embedded.sandbox.problems import Json
from embedded.sandbox.world import World

FOLDER = Path(__file__).with_name("browser")
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}


@route("GET", r"/(?:\w+/)?(stripe\.js)")
@route("GET", r"/elements/(fields\.(?:html|css|js))")
def _file(world: World, name: str, form: Json) -> Answer:
    file = FOLDER / name
    kind = f"{TYPES[file.suffix]}; charset=utf-8"
    return Answer(200, file.read_text(), {"Content-Type": kind, "Cache-Control": "no-cache"})
