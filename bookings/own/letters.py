"""Letters about an account: a few sentences, and the link where there is one. They go by the outbox, as all do.

Each is essential: who asked for it wants it, and who did not has to know. The link's token is in the letter and nowhere
else; the letter's text is deleted as soon as it went (`tenants.mail`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts import links
from bookings.own import hearing
from schemas.current import current_schema
from tenants import letterhead, mail
from tenants.addresses import address
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Said:
    """What a letter says: subject, words, and what its button is called."""

    subject: str
    words: str
    button: str = ""


Saying = Callable[[str], Said]


def send_link(wish: links.Wish, said: Callable[[str], Said], now: datetime) -> None:
    """Mint a link and post the letter with it, in the caller's transaction; `said` gets the tenant's name."""
    tenant = Tenant.objects.get(schema_name=current_schema())
    link, token = links.mint(wish, now)
    path = reverse("account-link", args=[token], urlconf=settings.ROOT_URLCONF)
    _post(f"link:{link.pk}", wish.email, said(tenant.name), address(tenant, path), tenant, now)


def send(key: str, email: str, said: Saying, now: datetime, page: str = "home") -> None:
    """Post a letter without a secret, in the caller's transaction; its button, if it has one, leads to a page."""
    if hearing.is_told(email, said.__name__):
        return
    tenant = Tenant.objects.get(schema_name=current_schema())
    where = address(tenant, reverse(page, urlconf=settings.ROOT_URLCONF))
    _post(key, email, said(tenant.name), where, tenant, now)


def _post(key: str, email: str, said: Said, where: str, tenant: Tenant, now: datetime) -> None:
    language = get_language() or settings.LANGUAGE_CODE
    sheet = letterhead.Sheet(said.subject, said.words, button=(said.button, where) if said.button else None)
    letter = mail.Letter(
        key=f"account:{key}",
        to=email,
        subject=said.subject,
        text=letterhead.text_of(sheet),
        html=letterhead.html_of(sheet, tenant, language),
        language=language,
    )
    mail.post(letter, now)


def signs_in(business: str) -> Said:
    """The link that signs in."""
    return Said(
        _("Sign in at %(business)s") % {"business": business},
        _("With this link you sign in. It is good once, for 15 minutes.") + _not_you(),
        _("Sign in"),
    )


def nobody_yet(business: str) -> Said:
    """Somebody wants in with an address that has no account: the link makes one."""
    return Said(
        _("No account at %(business)s yet") % {"business": business},
        _("Somebody wants to sign in with this address, and there is no account with it yet.")
        + "\n\n"
        + _("With this link you make one, and see what was booked with this address. It is good once, for a day.")
        + _not_you(),
        _("Make an account"),
    )


def signs_up(business: str) -> Said:
    """The link that makes the account."""
    return Said(
        _("Your account at %(business)s") % {"business": business},
        _("With this link you confirm your address and make the account. It is good once, for a day.") + _not_you(),
        _("Make the account"),
    )


def known_already(business: str) -> Said:
    """Somebody signs up with an address that has an account: the link signs in."""
    return Said(
        _("You have an account at %(business)s already") % {"business": business},
        _("Somebody wants to make an account with this address, and you have one already.")
        + "\n\n"
        + _("With this link you sign in. It is good once, for 15 minutes.")
        + _not_you(),
        _("Sign in"),
    )


def chooses_password(business: str) -> Said:
    """The link to a new password."""
    return Said(
        _("A new password for %(business)s") % {"business": business},
        _("With this link you choose a new password. It is good once, for an hour.") + _not_you(),
        _("Choose a password"),
    )


def is_closed(business: str) -> Said:
    """Somebody wants into an account that is closed."""
    return Said(
        _("Your account at %(business)s") % {"business": business},
        _("Somebody wants to sign in with this address. The account is closed. Please ask us.") + _not_you(),
    )


def takes_address(business: str) -> Said:
    """The link by which a new address is taken for an account."""
    return Said(
        _("Your new address at %(business)s") % {"business": business},
        _("With this link you confirm that your account goes by this address from now on. It is good once, for a day.")
        + _not_you(),
        _("Confirm the address"),
    )


def address_taken(business: str) -> Said:
    """Somebody wants this address for their account, and it has one."""
    return Said(
        _("You have an account at %(business)s already") % {"business": business},
        _("Somebody wants to use this address for another account. Nothing was changed: it has an account already.")
        + _not_you(),
        _("Sign in"),
    )


def address_changed(business: str) -> Said:
    """To the old address, once the new one is confirmed."""
    return Said(
        _("Your address at %(business)s was changed") % {"business": business},
        _("Your account goes by another address from now on, and no more mail about it comes to this one.")
        + "\n\n"
        + _("If it was not you who changed it, please tell us at once: answer this mail."),
    )


def password_changed(business: str) -> Said:
    """After a password was chosen or changed."""
    return Said(
        _("Your password at %(business)s was changed") % {"business": business},
        _("You sign in with the new one from now on; everywhere else you are signed out.")
        + "\n\n"
        + _("If it was not you, choose another one at once: “Forgot your password?” on the sign-in page."),
        _("Sign in"),
    )


def passkey_added(business: str) -> Said:
    """After a passkey was added: a new way in is told."""
    return Said(
        _("A new passkey for your account at %(business)s") % {"business": business},
        _("From now on you can sign in with it. If it was not you who added it, remove it and change your password."),
        _("Your account"),
    )


def authenticator_added(business: str) -> Said:
    """After an authenticator was set up."""
    return Said(
        _("Your account at %(business)s asks for a code from now on") % {"business": business},
        _("An app for codes was added. When you sign in by password or by a link, you are asked for its code.")
        + _not_you_at_once(),
        _("Your account"),
    )


def authenticator_removed(business: str) -> Said:
    """After an authenticator was removed."""
    return Said(
        _("Your account at %(business)s asks for no code any more") % {"business": business},
        _("The app for codes was removed, and the codes for when it is lost are void.") + _not_you_at_once(),
        _("Your account"),
    )


def codes_renewed(business: str) -> Said:
    """After new codes were made for whoever loses the phone."""
    return Said(
        _("New recovery codes for your account at %(business)s") % {"business": business},
        _("Ten new recovery codes were made; those of before are void.") + _not_you_at_once(),
        _("Your account"),
    )


def second_factor_reset(business: str) -> Said:
    """After the owner took somebody's second factor away."""
    return Said(
        _("Your sign-in at %(business)s was reset") % {"business": business},
        _("The owner removed your app for codes, your recovery codes and your passkeys, as if the phone was lost.")
        + " "
        + _("You are signed out everywhere. Sign in by password or by a link, and set up a new one.")
        + "\n\n"
        + _("If you did not ask for that, please talk to the owner."),
        _("Your account"),
    )


def invites(who: str, role: str) -> Saying:
    """The link by which somebody begins to work here."""
    return lambda business: Said(
        _("Work at %(business)s") % {"business": business},
        _("%(who)s asks you in as: %(role)s. With this link you accept. It is good once, for seven days.")
        % {"who": who, "role": role}
        + _not_you(),
        _("Accept"),
    )


def role_changed(role: str, venues: str) -> Saying:
    """After the owner gave somebody another role or other venues."""
    at = "\n\n" + _("For: %(venues)s.") % {"venues": venues} if venues else ""
    return lambda business: Said(
        _("What you may do at %(business)s was changed") % {"business": business},
        _("From now on you are: %(role)s.") % {"role": role} + at,
        _("Sign in"),
    )


def handed_over(owner: str) -> Saying:
    """To who owned the business and who owns it now."""
    return lambda business: Said(
        _("%(business)s has another owner") % {"business": business},
        _("%(owner)s owns it from now on, on these pages. Who owned it before is a manager.") % {"owner": owner},
        _("Sign in"),
    )


def switched_off(business: str) -> Said:
    """After the owner switched somebody's account off."""
    return Said(
        _("Your account at %(business)s is switched off") % {"business": business},
        _("The owner switched it off; you are signed out everywhere. Please ask them if you do not know why."),
    )


def switched_on(business: str) -> Said:
    """After the owner let somebody in again."""
    return Said(
        _("Your account at %(business)s is open again") % {"business": business},
        _("You can sign in as before."),
        _("Sign in"),
    )


def works_here_no_more(business: str) -> Said:
    """After the owner took somebody off the team."""
    return Said(
        _("You do not work at %(business)s any more") % {"business": business},
        _("The owner took you off the team. Your account stays, as a customer’s; you can have it erased there."),
        _("Sign in"),
    )


def opens_data(business: str) -> Said:
    """The link to what is kept of an address."""
    return Said(
        _("What %(business)s keeps about you") % {"business": business},
        _("With this link you see what is kept about this address, take it along, or have it erased.")
        + (" " + _("It is good once, for an hour.") + _not_you()),
        _("See my data"),
    )


def was_erased(business: str) -> Said:
    """The last letter."""
    return Said(
        _("Your data at %(business)s was erased") % {"business": business},
        _("What named you was erased, as you asked.")
        + "\n\n"
        + _("Receipts and invoices that were written stay for as long as the law asks, with what stands on them.")
        + "\n\n"
        + _("This is the last mail; this address is forgotten with it."),
    )


def _not_you_at_once() -> str:
    return "\n\n" + _("If it was not you, change your password at once, and tell the owner of the business.")


def _not_you() -> str:
    return "\n\n" + _("If that was not you, you need not do anything.")
