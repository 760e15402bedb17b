"""The operators' record: who did what about whom, and why. Written with the act, never changed."""

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from operators.models import OperatorAct
from tenants.models import Tenant


def note(
    user: User | AnonymousUser | None, kind: str, tenant: Tenant | None = None, *, about: str = "", reason: str = ""
) -> OperatorAct:
    """Write down an act in the caller's transaction; without a user it was a command at the machine."""
    most = OperatorAct._meta.get_field("about").max_length or 0
    made: OperatorAct = OperatorAct.objects.create(
        email=getattr(user, "email", "") or "",
        kind=kind,
        schema_name=tenant.schema_name if tenant else "",
        tenant_name=tenant.name if tenant else "",
        about=about[:most],
        reason=reason[:most],
    )
    return made
