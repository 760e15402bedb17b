"""Style sheets, scripts and fonts: where they come from, and for how long browsers keep them."""

from collections.abc import Mapping

FILES = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
COLLECTED = {
    "default": FILES,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
"""Made by `collectstatic`: names with a digest of the content, kept by browsers for good, compressed beforehand."""


def are_collected(environ: Mapping[str, str]) -> bool:
    """Whether `collectstatic` has run. Without it files are looked for at each request, as they are at that moment."""
    return environ.get("STATIC_COLLECTED") == "1"
