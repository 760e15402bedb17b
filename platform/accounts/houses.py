"""In whose house a page stands that tenants and the platform both have."""

from django.http import HttpRequest

from schemas.current import is_platform


def house(_request: HttpRequest) -> dict[str, str]:
    """`base`: the frame of the platform's pages. At a tenant there is none, and pages take their own."""
    return {"base": "platform/base.html"} if is_platform() else {}
