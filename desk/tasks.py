"""What the clock calls for the desk."""

from desk.reports import mailing

__all__ = ["mailing"]  # registers its kind of due work and what its letters carry
