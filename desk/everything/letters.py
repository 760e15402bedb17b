"""The letter that says that an archive is ready: it leads to the page, where one signs in, and never to the file."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from desk.models import Archive
from schemas.current import current_schema
from tenants import letterhead, speech
from tenants.addresses import address
from tenants.mail import Letter
from tenants.models import Tenant
from tenants.zones import zone


def ready(archive: Archive, expires_at: datetime) -> Letter:
    """It, to whoever asked, once per archive and in the language that is active."""
    tenant = Tenant.objects.get(schema_name=current_schema())
    here = zone(tenant.time_zone)
    until = {"day": speech.day(expires_at, here, "long"), "clock": speech.clock(expires_at, here)}
    language = get_language() or settings.LANGUAGE_CODE
    sheet = letterhead.Sheet(
        title=_("Everything of %(name)s is ready") % {"name": tenant.name},
        words=_(
            "You asked for everything that the business has at Forecourt. It lies ready as one file until %(day)s,"
            " %(clock)s, and only you can download it. Then it is deleted."
        )
        % until,
        button=(_("To the download"), address(tenant, reverse("settings-everything", urlconf=settings.ROOT_URLCONF))),
        small=_("If it was not you who asked: sign in, delete it there and change your password."),
    )
    return Letter(
        key=f"archive:{archive.pk}",
        to=archive.asked_by.email,
        subject=sheet.title,
        text=letterhead.text_of(sheet),
        html=letterhead.html_of(sheet, tenant, language),
        language=language,
    )
