"""A PDF as the answer to a request."""

from django.http import HttpResponse

PDF = "application/pdf"


def pdf_answer(name: str, content: bytes) -> HttpResponse:
    """The file, to be shown in the browser; nobody in between keeps it. `name` is one of our numbers."""
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type=PDF, headers=headers)
