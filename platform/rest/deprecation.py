"""Calls that will end: said in every answer, long before they do (RFC 9745, RFC 8594)."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.utils.http import http_date


@dataclass(frozen=True, slots=True)
class Deprecation:
    """Since when a call should not be used in anything new, when it ends, and the page that says what to use instead.

    `since` and `sunset` are aware; docs/api.md promises how much lies between them.
    """

    since: datetime
    sunset: datetime
    link: str

    def tell(self, response: HttpResponse) -> None:
        """Put it into the headers of an answer, beside the links that are there."""
        response["Deprecation"] = f"@{int(self.since.timestamp())}"
        response["Sunset"] = http_date(self.sunset.timestamp())
        links = [response["Link"]] if response.has_header("Link") else []
        response["Link"] = ", ".join([*links, f'<{self.link}>; rel="deprecation"'])
