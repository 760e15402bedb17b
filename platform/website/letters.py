"""The letter with the link that opens the business. It goes by the outbox, in the platform's own name."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from tenants import letterhead, mail
from tenants.addresses import at
from tenants.models import Tenant
from website.models import SignUp


def post(sign_up: SignUp, token: str, now: datetime) -> None:
    """Post it in the caller's transaction and language; the token is in the letter and nowhere else."""
    platform = Tenant.objects.get(schema_name="public")
    path = reverse("sign-up-link", args=[token], urlconf=settings.PUBLIC_SCHEMA_URLCONF)
    sheet = letterhead.Sheet(
        _("Open %(business)s") % {"business": sign_up.name},
        _("With this link you choose your password and open %(business)s at Forecourt. It is good for a day.")
        % {"business": sign_up.name}
        + "\n\n"
        + _("Your address will be %(host)s.") % {"host": f"{sign_up.slug}.{settings.BASE_DOMAIN}"}
        + "\n\n"
        + _(
            "If that was not you, you need not do anything: without the link nothing is made, and what was typed is"
            " deleted after 30 days."
        ),
        button=(_("Open my business"), at(settings.BASE_DOMAIN, path)),
    )
    letter = mail.Letter(
        key=f"sign-up:{sign_up.pk}:{sign_up.letters}",
        to=sign_up.email,
        subject=sheet.title,
        text=letterhead.text_of(sheet),
        html=letterhead.html_of(sheet, platform, sign_up.language),
        reply_to=settings.PLATFORM_EMAIL,
        language=sign_up.language,
    )
    mail.post(letter, now)
