"""What owners hear by mail about the closing of their business: when it is final, and where to take it back."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from tenants import mail, speech
from tenants.addresses import address
from tenants.closings import Closing
from tenants.models import Tenant
from tenants.zones import zone

PAGE = "/desk/settings/close/"
EVERYTHING = "/desk/settings/everything/"
EARLY, LATE = timedelta(days=7), timedelta(days=1)
"""How long before the end owners are reminded."""


@mail.in_house_language()
def asked(tenant: Tenant, closing: Closing, now: datetime) -> None:
    """It is closed: in the transaction that closes it."""
    text = _(
        "%(name)s was closed at Forecourt. No new bookings are taken from now on; those that stand are kept until then,"
        " and so are your desk and your data.\n\n"
        "On %(day)s all of it is deleted, and cannot be brought back. If this is a mistake, any owner takes it back"
        " with one button until then:\n%(link)s\n\n"
        "Take everything with you before:\n%(everything)s\n"
    ) % _facts(tenant, closing)
    subject = _("Your business is closed, and will be deleted on %(day)s") % _date(tenant, closing)
    mail.tell_owners(f"closing:asked:{closing.pk}", f"{tenant.name}: {subject}", text, now)


@mail.in_house_language()
def soon(tenant: Tenant, closing: Closing, left: list[str], now: datetime) -> None:
    """It ends within days: a week before, and a day before, each once."""
    when = "day" if closing.final_at <= now + LATE else "week"
    text = _(
        "On %(day)s everything that %(name)s has at Forecourt is deleted, and cannot be brought back.\n\n"
        "If this is a mistake, any owner takes it back with one button:\n%(link)s\n\n"
        "Take everything with you before:\n%(everything)s\n"
    ) % _facts(tenant, closing)
    if left:
        text += "\n" + _("As it stands it will be put off, for your customers come first:") + _listed(left)
    key = f"closing:{when}:{closing.pk}:{closing.final_at:%Y%m%d%H%M}"
    subject = _("Your business will be deleted on %(day)s") % _date(tenant, closing)
    mail.tell_owners(key, f"{tenant.name}: {subject}", text, now)


@mail.in_house_language()
def put_off(tenant: Tenant, closing: Closing, left: list[str], now: datetime) -> None:
    """The day had come, and money was still owed: it is tried again later."""
    text = (
        _("%(name)s was to be deleted today, but your customers come first:") % {"name": tenant.name}
        + _listed(left)
        + "\n"
        + _(
            "Please settle this. It is tried again on %(day)s; until then everything is still there, and any owner can"
            " take the closing back:\n%(link)s\n"
        )
        % _facts(tenant, closing)
    )
    subject = _("Your business is not deleted yet")
    mail.tell_owners(
        f"closing:later:{closing.pk}:{closing.final_at:%Y%m%d%H%M}", f"{tenant.name}: {subject}", text, now
    )


@mail.in_house_language()
def taken_back(tenant: Tenant, now: datetime) -> None:
    """It goes on."""
    text = _(
        "The closing of %(name)s was taken back. Nothing was deleted, and customers can book again.\n\n"
        "If your plan was cancelled with the closing, it still ends; you can keep it here:\n%(link)s\n"
    ) % {"name": tenant.name, "link": address(tenant, "/desk/money/plan/")}
    subject = _("Your business goes on")
    mail.tell_owners(f"closing:back:{now.isoformat()}", f"{tenant.name}: {subject}", text, now)


def _facts(tenant: Tenant, closing: Closing) -> dict[str, str]:
    return {
        "name": tenant.name,
        "day": day_of(tenant, closing.final_at),
        "link": address(tenant, PAGE),
        "everything": address(tenant, EVERYTHING),
    }


def day_of(tenant: Tenant, instant: datetime) -> str:
    """A day and a time on the tenant's clock, in words."""
    local = zone(tenant.time_zone)
    return _("%(day)s, %(time)s") % {"day": speech.day(instant, local), "time": speech.clock(instant, local)}


def _listed(left: list[str]) -> str:
    return "\n\n" + "".join(f"- {line}\n" for line in left)


def _date(tenant: Tenant, closing: Closing) -> dict[str, str]:
    return {"day": speech.day(closing.final_at, zone(tenant.time_zone), form="long")}
