"""A tenant's own words for messages: the list, one of them with a preview, back to the house's, a test to oneself."""

from typing import Any

from csp.constants import NONE, SELF
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import staff_only
from accounts.models import User
from accounts.seen import SeenForm
from bookings.letters import own
from bookings.letters.liquid import LONGEST_SOURCE
from bookings.letters.own import Place, Template
from bookings.letters.wording import Words
from bookings.models.messages import Channel
from kernel.errors import Invalid, Refused
from tenants.addresses import address
from venues.access import check_manager

BAD_REQUEST = 400
ONE = "letters-template"
ALONE = {
    "default-src": [NONE],
    "style-src": ["'unsafe-inline'"],
    "form-action": [NONE],
    "base-uri": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-popups"],
}
"""A letter is shown in a frame of its own: its styles are on the elements, and nothing in it runs, and nothing but the
business's logo is fetched."""


class TemplateForm(SeenForm):
    """Words of a message."""

    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=200, required=False)
    body = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=LONGEST_SOURCE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "true"}),
        help_text=gettext_lazy("An empty line begins a paragraph, **two stars** make it bold."),
    )

    def __init__(self, place: Place, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if place.channel == Channel.SMS:
            del self.fields["subject"]
            self.fields["body"].help_text = _("One line; three parts at most are sent.")
            self.fields["body"].widget.attrs["rows"] = 4

    @staticmethod
    def known(place: Place) -> dict[str, Any]:
        """The words as they are."""
        words = own.read(place).words
        return {"subject": words.subject, "body": words.body}

    def words(self) -> Words:
        """What was typed."""
        return Words(self.cleaned_data.get("subject", ""), self.cleaned_data["body"])


@staff_only
@require_safe
def templates(request: HttpRequest) -> HttpResponse:
    """Every kind of message with its ways and languages, and whose words they are."""
    check_manager(request.user)
    rows: dict[str, list[Template]] = {}
    for template in own.everything():
        rows.setdefault(template.place.kind.label, []).append(template)
    return render(request, "messages/templates.html", {"rows": rows.items()})


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def template(request: HttpRequest, kind: str, channel: str, language: str) -> HttpResponse:
    """The words of one message; sent, they are used from now on."""
    check_manager(request.user)
    place = own.place_of(kind, channel, language)
    if request.method != "POST":
        return _page(request, place, TemplateForm(place, initial=TemplateForm.known(place)))
    form = TemplateForm(place, request.POST)

    def change() -> bool:
        return form.check_same(form.known(place)) and bool(own.write(place, form.words(), _user(request)))

    if form.is_valid():
        try:
            is_written = own.alone(place, change)
        except Invalid as invalid:
            _blame(form, invalid)
        else:
            if is_written:
                messages.success(request, _("Saved. Messages go out in these words from now on."))
                return redirect(ONE, kind, channel, language)
    return _page(request, place, form, BAD_REQUEST)


@staff_only
@require_POST
def reset(request: HttpRequest, kind: str, channel: str, language: str) -> HttpResponse:
    """Back to the house's words."""
    check_manager(request.user)
    own.reset(own.place_of(kind, channel, language))
    messages.success(request, _("Messages go out in our words again."))
    return redirect(ONE, kind, channel, language)


@staff_only
@require_POST
def sample(request: HttpRequest, kind: str, channel: str, language: str) -> HttpResponse:
    """A made-up letter in the words that were typed, to the one who asks; nothing is saved."""
    check_manager(request.user)
    place = own.place_of(kind, channel, language)
    form = TemplateForm(place, request.POST)
    if form.is_valid():
        try:
            own.send_sample(place, form.words(), _user(request))
        except Invalid as invalid:
            _blame(form, invalid)
        else:
            messages.success(request, _("A test is on its way to %(address)s.") % {"address": _user(request).email})
            return _page(request, place, form)
    return _page(request, place, form, BAD_REQUEST)


@staff_only
@xframe_options_sameorigin
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest, kind: str, channel: str, language: str) -> HttpResponse:
    """How words come out, for the frame beside the form: those that were sent, or those in use."""
    check_manager(request.user)
    place = own.place_of(kind, channel, language)
    form = TemplateForm(place, request.POST) if request.method == "POST" else None
    try:
        if form is not None and not form.is_valid():
            raise Invalid("invalid", " ".join(str(error) for errors in form.errors.values() for error in errors))
        shown = own.preview(place, form.words() if form else own.read(place).words)
    except Refused as refusal:
        response = render(request, "messages/preview.html", {"refusal": refusal})
    else:
        response = (
            HttpResponse(shown.html) if shown.html else render(request, "messages/preview.html", {"shown": shown})
        )
    ours = address(request.tenant, "/")  # type: ignore[attr-defined]
    response._csp_config = {**ALONE, "img-src": [ours]}  # type: ignore[attr-defined]
    return response


def _blame(form: TemplateForm, invalid: Invalid) -> None:
    field = str(invalid.extra.get("field", ""))
    form.add_error(field if field in form.fields else None, invalid.detail)


def _page(request: HttpRequest, place: Place, form: TemplateForm, status: int = 200) -> HttpResponse:
    context = {
        "place": place,
        "form": form,
        "template": own.read(place),
        "placeholders": place.kind.placeholders.items(),
        "is_mail": place.channel == Channel.MAIL,
    }
    return render(request, "messages/template.html", context, status=status)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
