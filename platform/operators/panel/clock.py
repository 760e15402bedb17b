"""What waits, since when, and what was given up, to have it done again; queues and workers behind it."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from billing.subscriptions.models import StripeAccount
from operators import access, machines, record
from operators.access import Right
from operators.panel.site import panel
from schemas.clock import database_now
from tenants import backlog, inbox
from tenants.backlog import Table, Whose
from tenants.models import InboxEvent, Tenant

MOST = 100
LONGEST = 80
MOST_AT_ONCE = 3 * MOST
"""So many are on the page at most: each table's."""


@panel.page("clock/", "clock")
@require_safe
def clock(request: HttpRequest) -> HttpResponse:
    """What waits by kind, beat's last ticks, and what is dead; `?kind` and `?schema` show one's, `?workers` asks."""
    kind, schema = _text(request.GET.get("kind", "")), _text(request.GET.get("schema", ""))
    now = database_now()
    dead = backlog.dead(MOST, kind, whose(schema))
    schemas = {each.schema_name for each in dead} | {schema}
    names = dict(Tenant.objects.filter(schema_name__in=schemas).values_list("schema_name", "name"))
    beats = [(name, int((now - at).total_seconds()) if at else None) for name, at in backlog.heartbeats().items()]
    waiting = backlog.waiting()
    told = {
        "waiting": waiting,
        "hidden": 0 if schema else sum(each.dead for each in waiting if kind in {"", each.kind}) - len(dead),
        "dead": [(each, names.get(each.schema_name, "")) for each in dead],
        "kind": kind,
        "schema": schema,
        "tenant": names.get(schema, schema),
        "may_replay": access.may(request.user, Right.REPLAY),
        "beats": beats,
        "is_late": any(age is None or age > backlog.LATE_BEAT for _name, age in beats),
        "queues": machines.queues(),
        "asked": "workers" in request.GET,
        "workers": machines.workers() if "workers" in request.GET else [],
    }
    return panel.show(request, "operators/clock.html", _("Clock"), **told)


@panel.page("clock/replay/", "clock-replay")
@require_POST
def replay(request: HttpRequest) -> HttpResponse:
    """Have done again: pieces (`due:17`), all that was given up of a kind, or of a tenant, or of both."""
    access.check(request.user, Right.REPLAY)
    schema = _text(request.POST.get("schema", ""))
    wanted = [_text(each) for each in request.POST.getlist("what")[:MOST_AT_ONCE]]
    of = whose(schema)
    with_kind = [each for each in wanted if each]
    event = _event(with_kind) if request.POST.get("then") == "event" else None
    with transaction.atomic():  # however long so many take: not bounded as `transact` is
        if event is not None:
            count = inbox.replay_all(InboxEvent.objects.filter(pk=event).exclude(state=InboxEvent.State.WAITING))
        elif of is not None:
            count = sum(backlog.replay_of(of, each) for each in wanted)
        else:
            count = sum(backlog.replay(each) for each in with_kind)
        if count:
            about = f"{', '.join(with_kind) or 'everything'}: {count}"
            tenant = Tenant.objects.filter(schema_name=schema).first() if schema else None
            record.note(request.user, "replay", tenant, about=about)
    if count:
        text = ngettext("%(count)s piece will be done again.", "%(count)s pieces will be done again.", count)
        messages.success(request, text % {"count": count})
    else:
        messages.error(request, _("That is not there any more."))
    return redirect("admin:tenants_inboxevent_change", event) if event is not None else redirect("admin:clock")


def whose(schema: str) -> Whose | None:
    """A tenant with its accounts at Stripe; None without one."""
    if not schema:
        return None
    accounts = StripeAccount.objects.filter(tenant__schema_name=schema).exclude(account_id="")
    return Whose(schema, tuple(accounts.values_list("account_id", flat=True)))


def _event(refs: list[str]) -> int | None:
    """The event that the one reference names: it is done again whatever became of it."""
    table, _colon, number = refs[0].partition(":") if refs else ("", "", "")
    is_one = table == Table.INBOX and number.isdecimal() and len(number) <= backlog.LONGEST_NUMBER
    return int(number) if is_one else None


def _text(sent: str) -> str:
    return sent.strip()[:LONGEST].replace("\0", "")
