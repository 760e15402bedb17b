"""What time does to a subscription: trials end, periods begin, cancellations fall due, first payments expire."""

from embedded.sandbox import events, invoices, items, lines, methods, standing, timeline
from embedded.sandbox.problems import Json
from embedded.sandbox.timeline import DAY, HOUR
from embedded.sandbox.world import SETTINGS, World, public

WARNING = 3 * DAY
FIRST_PAYMENT = 23 * HOUR
LASTING = ("trialing", "active", "past_due", "unpaid")


def plan(world: World, scope: str, subscription: Json) -> None:
    """Plan what comes next by the subscription's own fields; every act looks whether it is still wanted."""
    now = world.now()
    _, end = invoices.period_of(subscription)
    timeline.plan(world, scope, "cycle", subscription, end)
    if subscription["cancel_at"]:
        timeline.plan(world, scope, "cycle", subscription, subscription["cancel_at"])
    if subscription["status"] == "trialing":
        timeline.plan(world, scope, "trial_warning", subscription, max(now, subscription["trial_end"] - WARNING))
    ahead = world.settings.get("upcoming_days", SETTINGS["upcoming_days"]) * DAY
    if end - ahead > now:
        timeline.plan(world, scope, "upcoming", subscription, end - ahead)
    if subscription["status"] == "incomplete":
        timeline.plan(world, scope, "incomplete", subscription, subscription["created"] + FIRST_PAYMENT)
    if resumes := (subscription["pause_collection"] or {}).get("resumes_at"):
        timeline.plan(world, scope, "collects_again", subscription, resumes)


@timeline.does("collects_again", "subscription")
def _collect_again(world: World, scope: str, subscription: Json) -> None:
    pause = subscription["pause_collection"]
    if pause and pause["resumes_at"] == world.now():
        standing.move(world, scope, subscription, pause_collection=None)


@timeline.does("trial_warning", "subscription")
def _warn(world: World, scope: str, subscription: Json) -> None:
    """Once for every end of a trial."""
    end = subscription["trial_end"]
    if (
        subscription["status"] == "trialing"
        and end - WARNING <= world.now() < end
        and subscription.get("_warned") != end
    ):
        subscription["_warned"] = end
        events.record(world, scope, "customer.subscription.trial_will_end", subscription)


@timeline.does("incomplete", "subscription")
def _expire(world: World, scope: str, subscription: Json) -> None:
    if subscription["status"] != "incomplete":
        return
    first = world.seek(scope, "invoice", subscription["latest_invoice"])
    if first and first["status"] == "open":
        invoices.close(world, scope, first, "void")
    standing.move(world, scope, subscription, status="incomplete_expired", ended_at=world.now())


@timeline.does("upcoming", "subscription")
def _announce(world: World, scope: str, subscription: Json) -> None:
    """`invoice.upcoming`: an invoice that does not exist yet, so it has no id."""
    _, end = invoices.period_of(subscription)
    ahead = world.settings.get("upcoming_days", SETTINGS["upcoming_days"]) * DAY
    is_due = end - ahead == world.now() and subscription.get("_announced") != end
    if is_due and subscription["status"] in LASTING and not subscription["cancel_at"]:
        subscription["_announced"] = end
        upcoming = invoices.unkept(world, scope, subscription, "upcoming", next_lines(world, scope, subscription))
        upcoming["next_payment_attempt"] = end
        events.record(world, scope, "invoice.upcoming", {name: each for name, each in upcoming.items() if name != "id"})


def next_lines(world: World, scope: str, subscription: Json) -> list[Json]:
    """What the next period would be billed, with everything that waits for it."""
    waiting = standing.pending(world, scope, subscription)
    found = [lines.of_invoice_item(world, scope, each) for each in waiting]
    return [*found, *next_period(world, scope, subscription)]


def next_period(world: World, scope: str, subscription: Json) -> list[Json]:
    """The lines of the period after the current one."""
    ahead = public(subscription)
    _, end = invoices.period_of(ahead)
    if ahead["status"] == "trialing":
        ahead.update(status="active", billing_cycle_anchor=end)
    items.set_period(ahead, end)
    return [lines.of_item(world, scope, ahead, each) for each in ahead["items"]["data"]]


@timeline.does("cycle", "subscription")
def _turn(world: World, scope: str, subscription: Json) -> None:
    now = world.now()
    _, end = invoices.period_of(subscription)
    if subscription["status"] not in LASTING:
        return
    if subscription["cancel_at"] and subscription["cancel_at"] <= now:
        standing.end(world, scope, subscription, "cancellation_requested")
    elif end <= now:
        if subscription["status"] == "trialing":
            _end_trial(world, scope, subscription)
        else:
            _renew(world, scope, subscription, {})


def _end_trial(world: World, scope: str, subscription: Json) -> None:
    customer = world.get(scope, "customer", subscription["customer"])
    wanted = ((subscription["trial_settings"] or {}).get("end_behavior") or {}).get("missing_payment_method")
    if methods.default_of(world, scope, subscription, customer) is None and wanted == "cancel":
        standing.end(world, scope, subscription, "cancellation_requested")
    elif methods.default_of(world, scope, subscription, customer) is None and wanted == "pause":
        standing.move(world, scope, subscription, status="paused")
        events.record(world, scope, "customer.subscription.paused", subscription)
    else:
        _renew(world, scope, subscription, {"status": "active"})


def _renew(world: World, scope: str, subscription: Json, changes: Json) -> None:
    """A new period, and the draft of its invoice, which is finalized an hour later."""
    before = public(subscription)
    _, end = invoices.period_of(subscription)
    subscription.update(changes)
    items.set_period(subscription, end)
    made = standing.invoice(
        world, scope, subscription, "subscription_cycle", standing.whole_lines(world, scope, subscription)
    )
    made["period_start"], made["period_end"] = invoices.period_of(before)
    events.updated(world, scope, "customer.subscription.updated", subscription, before)
    plan(world, scope, subscription)
    _advance(world, scope, subscription, made)


def _advance(world: World, scope: str, subscription: Json, made: Json) -> None:
    """What becomes of the draft: it is collected, or left as the pause of collection and unpaid subscriptions say."""
    pause = subscription["pause_collection"]
    if pause is None and subscription["status"] != "unpaid":
        invoices.advance_later(world, scope, made)
        return
    made["auto_advance"] = False
    if pause and pause["behavior"] in {"void", "mark_uncollectible"}:
        invoices.finalize(world, scope, made)
        if made["status"] == "open":
            invoices.close(world, scope, made, "void" if pause["behavior"] == "void" else "uncollectible")
