"""What becomes of an operator's way in: it stands in the operators' record, and they are told of it by mail."""

from django.conf import settings
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from django_tenants.utils import get_public_schema_name

from accounts.models import User
from bookings.own import hearing, letters
from operators import record
from schemas.clock import database_now
from tenants import letterhead, mail
from tenants.addresses import at
from tenants.models import Tenant

BY_OTHERS = frozenset({letters.second_factor_reset.__name__})
WHAT = {
    letters.password_changed.__name__: _("Your password was changed."),
    letters.passkey_added.__name__: _("A passkey was added."),
    letters.authenticator_added.__name__: _("An app for codes was added."),
    letters.authenticator_removed.__name__: _("The app for codes was removed."),
    letters.codes_renewed.__name__: _("New recovery codes were made; those of before are void."),
    letters.second_factor_reset.__name__: _("Your app for codes, your recovery codes and your passkeys were removed."),
}


@hearing.hears
def note(email: str, kind: str) -> None:
    """Write it down and post a letter, in the transaction of the act; what a command did is nobody's."""
    user = None if kind in BY_OTHERS else User.objects.filter(email=email).first()
    written = record.note(user, kind, about=email)
    tell(email, str(written.pk), kind)


def tell(email: str, key: str, kind: str) -> None:
    """Post the letter, in the reader's language. Without a word of a secret, and without a link but to the account."""
    known = User.objects.filter(email=email).values_list("language", flat=True).first()
    language = known or settings.LANGUAGE_CODE
    with override(language):
        sheet = letterhead.Sheet(
            gettext("Your sign-in at Forecourt was changed"),
            f"{WHAT[kind]}\n\n"
            + gettext("If it was not you, tell another administrator at once: they can shut your account out."),
            button=(gettext("Your account"), at(settings.BASE_DOMAIN, "/account/")),
        )
        platform = Tenant.objects.get(schema_name=get_public_schema_name())
        html = letterhead.html_of(sheet, platform, language)
        text = letterhead.text_of(sheet)
        mail.post(mail.Letter(f"operator:{key}", email, sheet.title, text, html, language=language), database_now())
