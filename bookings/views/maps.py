"""Links to maps elsewhere: followed by whoever wants to, nothing is fetched from there."""

from urllib.parse import urlencode

from venues.models import Venue

NEAR = 17
"""The zoom at which single houses are seen."""


def maps_of(venue: Venue) -> list[tuple[str, str]]:
    """Name and address of maps that show a venue, by its coordinates or else by its address; empty without either."""
    spot = ""
    if venue.latitude is not None and venue.longitude is not None:
        spot = f"{venue.latitude.normalize():f},{venue.longitude.normalize():f}"
    wanted = spot or (f"{venue.name}, {venue.address}" if venue.address else "")
    if not wanted:
        return []
    return [
        ("OpenStreetMap", _open_street_map(venue, wanted)),
        ("Google Maps", "https://www.google.com/maps/search/?" + urlencode({"api": 1, "query": wanted})),
        (
            "Apple Maps",
            "https://maps.apple.com/?" + urlencode({"q": venue.name, "ll": spot} if spot else {"q": wanted}),
        ),
    ]


def _open_street_map(venue: Venue, wanted: str) -> str:
    if venue.latitude is None or venue.longitude is None:
        return "https://www.openstreetmap.org/search?" + urlencode({"query": wanted})
    latitude, longitude = wanted.split(",")
    mark = urlencode({"mlat": latitude, "mlon": longitude})
    return f"https://www.openstreetmap.org/?{mark}#map={NEAR}/{latitude}/{longitude}"
