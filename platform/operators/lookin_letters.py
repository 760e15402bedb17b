"""What owners are told when somebody of the platform sees their pages: who, as whom, why, until when."""

from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Role, User
from bookings.team.words import role_name
from desk.models import LookedIn
from schemas.current import current_schema
from tenants import mail, speech
from tenants.addresses import address
from tenants.models import Tenant
from tenants.zones import zone

PAGE = "/desk/team/forecourt/"


def tell_owners(seen: LookedIn) -> None:
    """Each owner once, in their own language; in the transaction in which it begins."""
    tenant = Tenant.objects.get(schema_name=current_schema())
    house = mail.house_language()
    person = User.objects.get(pk=seen.user_id)
    for owner in User.objects.filter(role=Role.OWNER, is_active=True).order_by("pk"):
        with override(owner.language or house):
            subject = _("Somebody of Forecourt looks at your pages")
            text = _text(seen, tenant, person)
            letter = mail.Letter(f"look-in:{seen.pk}:{owner.pk}", owner.email, f"{tenant.name}: {subject}", text)
            mail.post(letter, seen.begun_at)


def _text(seen: LookedIn, tenant: Tenant, person: User) -> str:
    facts = {
        "operator": seen.operator,
        "name": tenant.name,
        "person": person.name or person.email,
        "role": role_name(seen.role),
        "reason": seen.reason,
        "time": speech.clock(seen.until, zone(tenant.time_zone)),
        "link": address(tenant, PAGE),
    }
    said = (
        _("%(operator)s of Forecourt sees the pages of %(name)s as %(person)s (%(role)s), until %(time)s at most.")
        % facts
    )
    may = _("They may change things.") if seen.may_change else _("They can change nothing.")
    why = _("The reason: %(reason)s") % facts
    where = (
        _(
            "What they change is in your record under their name. You see all look-ins here, can end this one, and can"
            " say that you want to be asked first:\n%(link)s\n"
        )
        % facts
    )
    return f"{said} {may}\n\n{why}\n\n{where}"
