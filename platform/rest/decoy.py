"""A field that no person sees and that programs fill in: no puzzle, nothing to wait for.

`parts/honeypot.html` is the field; a view that takes a public form calls `check` before it does anything.
"""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from kernel.errors import Invalid

FIELD = "website"


def check(request: HttpRequest) -> None:
    """Raise `Invalid("decoy")`, which pages answer as 400, for a form whose hidden field was filled in.

    A form without the field passes: limits by address (`rest.limits`) are for whoever reads the page closely.
    """
    if request.POST.get(FIELD):
        raise Invalid("decoy", _("A hidden field was filled in, so nothing was done. Please go back and try again."))
