"""Which names a tenant may have in front of the base domain (T19).

A slug is the first label of a host, so it follows RFC 1123: letters, digits
and hyphens, no hyphen at either end, 63 characters. ASCII only: look-alikes
from other alphabets cannot even be written. Two slugs that read alike are one
name to a customer, so `skeleton` makes them equal and the database keeps
skeletons unique.
"""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

PATTERN = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,61}[a-z0-9])\Z")

NAMES_OF_OUR_OWN = """
about abuse account accounts admin administrator api app apps assets auth autoconfig autodiscover
beta billing blog booking bookings cdn checkout connect dashboard demo-admin dev dns docs email
embed forecourt ftp health healthz help hostmaster imap info information-schema internal invoice
jobs legal localhost login logout mail media metrics mx news ns ns1 ns2 oauth operator operators ops
ops-admin password pay payment payments platform pop postmaster press privacy public readyz register
root sales secure security settings shop signin signup smtp sso staging static stats status stripe
support system team tenant tenants terms test webhook webhooks webmail widget wpad www www1 www2
"""
RESERVED = frozenset(NAMES_OF_OUR_OWN.split())

# Pairs that look alike in the fonts of address bars.
_LOOK_ALIKE = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "8": "b", "2": "z"})


def skeleton(slug: str) -> str:
    """What a hasty reader sees: look-alike characters folded, hyphens gone."""
    return slug.replace("-", "").replace("rn", "m").replace("vv", "w").translate(_LOOK_ALIKE)


def validate_slug(slug: str) -> None:
    """Raise `ValidationError` for a slug that is malformed, reserved or looks like a reserved one."""
    if unicodedata.normalize("NFKC", slug) != slug or not slug.isascii() or not PATTERN.match(slug):
        raise ValidationError(
            _("Use 3 to 63 small letters (a-z), digits and hyphens; no hyphen at the start or end."),
            code="slug_malformed",
        )
    if slug.startswith(("xn--", "pg-")) or "--" in slug:
        raise ValidationError(_("This name is reserved."), code="slug_reserved")
    if slug in RESERVED or skeleton(slug) in _RESERVED_SKELETONS:
        raise ValidationError(_("This name is reserved."), code="slug_reserved")


_RESERVED_SKELETONS = frozenset(skeleton(name) for name in RESERVED)
