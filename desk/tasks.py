"""What the clock calls for the desk."""

from desk.everything import working
from desk.reports import mailing
from desk.setup import samples

__all__ = ["mailing", "samples", "working"]  # register their kinds of due work, and what letters carry
