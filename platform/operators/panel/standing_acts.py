"""Closing a tenant's hosts and opening them again."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from operators.access import Right
from operators.panel.acts import Act, act
from tenants import provisioning
from tenants.models import Tenant


def _suspend(tenant: Tenant, said: dict[str, Any]) -> str:
    provisioning.suspend(tenant, said["reason"])
    return ""


def _resume(tenant: Tenant, _said: dict[str, Any]) -> str:
    provisioning.resume(tenant)
    return ""


act(
    Act(
        name="suspend",
        right=Right.SUSPEND,
        title=_("Suspend"),
        means=_(
            "Its pages, its desk and its API answer 403 within five seconds. Nothing is lost: refunds, documents and"
            " what else is due go on, and customers are told nothing until it is opened again."
        ),
        do=_suspend,
        is_offered=lambda tenant: tenant.state == Tenant.State.READY,
        is_grave=True,
    )
)
act(
    Act(
        name="resume",
        right=Right.SUSPEND,
        title=_("Open again"),
        means=_("Everything works again. What customers were not told meanwhile is told now, where it is still true."),
        do=_resume,
        is_offered=lambda tenant: tenant.state == Tenant.State.SUSPENDED,
    )
)
