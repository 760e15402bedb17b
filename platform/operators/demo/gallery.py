"""Which picture belongs to which resource of the demo, and what it shows."""

from collections.abc import Callable, Mapping
from functools import cache
from random import Random

from operators.demo import sports, stages
from operators.demo.painting import Canvas
from venues.encoding import Drawn, Use, draw

Scene = Callable[[Random], Canvas]

SCENES: Mapping[str, tuple[str, Scene]] = {
    "court-1": ("Blue hard court from above", lambda r: sports.tennis(r, "#2d7d9a", "#1d5c74")),
    "court-2": ("Green hard court from above", lambda r: sports.tennis(r, "#3f8f6b", "#24614a")),
    "court-3": ("Indoor clay court from above", lambda r: sports.tennis(r, "#c8643c", "#a94f2d")),
    "court-4": ("Clay court between chestnut trees", lambda r: sports.tennis(r, "#cd6b42", "#b0552f", trees=9)),
    "squash-1": ("Squash court with a wall of glass", lambda r: sports.squash(r, "#bcd6dc")),
    "squash-2": ("Squash court with red lines on wood", lambda r: sports.squash(r, "#e6e1d6")),
    "sports-hall": ("The floor of the sports hall with its lines", sports.sports_hall),
    "hall-north": ("The northern third of the hall, lit", lambda r: sports.sports_hall(r, 0)),
    "hall-middle": ("The middle third of the hall, lit", lambda r: sports.sports_hall(r, 1)),
    "hall-south": ("The southern third of the hall, lit", lambda r: sports.sports_hall(r, 2)),
    "rackets": ("Three rackets and tennis balls on a bench", sports.rackets),
    "course-room": ("Mats on a wooden floor before mirrors", sports.mats),
    "club-room-isar": ("A long table with ten chairs", lambda r: sports.meeting(r, "#b98d5e", "#efe3cc")),
    "kayaks": ("Three kayaks on the river", lambda r: sports.river(r, 3, "#d64545")),
    "canoe-with-guide": ("A canoe on the river", lambda r: sports.river(r, 1, "#d64545")),
    "studio-a": ("White backdrop between two soft lights", lambda r: stages.backdrop(r, "#f4f1f2")),
    "studio-b": ("A table in a single beam of light", lambda r: stages.black_box(r, "#ffd9a8")),
    "daylight-loft": (
        "Tall windows over a wooden floor",
        lambda r: stages.windows(r, "#e9e4dc", "#c79d6d", "#dcebf2"),
    ),
    "dance-studio": (
        "Sun on the floor of the dance studio",
        lambda r: stages.windows(r, "#f3dfe5", "#d9b48a", "#fdeef2"),
    ),
    "podcast-booth-1": ("Two microphones before foam", lambda r: stages.booth(r, "#7a6a78", 2)),
    "podcast-booth-2": ("Four microphones before foam", lambda r: stages.booth(r, "#6b5560", 4)),
    "great-hall": ("Cherry trees behind the doors of the hall", lambda r: stages.hall(r, has_garden=True)),
    "east-half": ("The stage before paper screens", lambda r: stages.hall(r, has_stage=True)),
    "west-half": ("The doors to the garden", lambda r: stages.hall(r, has_garden=True)),
    "tea-room": ("A low table on tatami", stages.tatami),
    "lighting-kits": ("Lights in their cases", lambda r: stages.cases(r, "#a58f80", "#be185d")),
    "room-1": ("Drums on a carpet between amplifiers", lambda r: stages.band_room(r, "#5b3a8c")),
    "room-2": ("Drums on a carpet, in the light of a window", lambda r: stages.band_room(r, "#8c5a3a")),
    "room-3": ("An upright piano", lambda r: stages.band_room(r, "#2f4a6b", has_drums=False, has_piano=True)),
    "drum-room": ("A drum kit from above", lambda r: stages.band_room(r, "#3a2a4f")),
    "vocal-booth": ("A microphone before foam", lambda r: stages.booth(r, "#54476b", 1)),
    "lockout-room": ("Amplifiers around an empty carpet", lambda r: stages.band_room(r, "#6b2f4a", has_drums=False)),
    "loft": ("The stage in coloured light", lambda r: stages.lights(r, ("#7c3aed", "#ec4899", "#38bdf8"))),
    "loft-stage-side": ("The stage in warm light", lambda r: stages.lights(r, ("#f59e0b", "#ec4899", "#7c3aed"))),
    "loft-window-side": ("Windows over the street", lambda r: stages.windows(r, "#8a4b3a", "#8f6a4c", "#cfe3ee")),
    "open-mic-night": ("A microphone in blue light", lambda r: stages.lights(r, ("#38bdf8", "#7c3aed"))),
    "amps-to-go": ("Amplifiers in their cases", lambda r: stages.cases(r, "#6b5a4a", "#7c3aed")),
}
COVERS: Mapping[str, Scene] = {
    "munich": sports.wide_tennis,
    "tokyo": stages.wide_backdrop,
    "newyork": stages.wide_lights,
}


@cache
def picture_of(slug: str) -> Drawn:
    """The picture of a resource; the same whenever it is painted."""
    return _painted(SCENES[slug][1], slug, Use.PLACE)


@cache
def cover_of(slug: str) -> Drawn:
    """The cover of a tenant."""
    return _painted(COVERS[slug], slug, Use.COVER)


def _painted(scene: Scene, seed: str, use: Use) -> Drawn:
    rng = Random(seed)  # noqa: S311 - repeatable on purpose, and nothing secret
    return draw(scene(rng).jpeg(rng), use)
