"""Reminders by real workers and a real mail server: each once, whoever dies, and none for what is not true any more."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from celery import Celery
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django_tenants.utils import tenant_context
from redis import Redis

from bookings import moves
from bookings.models import Booking, BookingEvent, Notice
from bookings.records import SYSTEM, event
from bookings.states import PaymentState, State
from schemas.clock import database_now
from schemas.transactions import transact
from tenants.models import DueWork, OutboxMessage, OutgoingMail
from tests import servers
from tests.races.conftest import furnished, pointed_at
from tests.races.ground import BOOKINGS, later, slot
from tests.races.mailbox import mailbox
from tests.races.rigging import Rigging

MANY = 5 * int(os.environ.get("EXAMPLES", "40"))  # 10,000 with the 2,000 of `make test-deep`
DAYS = 2 if MANY <= 200 else 7
STEP = timedelta(hours=6)
STEPS = DAYS * 4
DAY = timedelta(days=1)
WITHIN = 60.0 + MANY / 5
BERLIN = ZoneInfo("Europe/Berlin")
KINDS = ("notice", "mail")
PATIENCE = 5.0


def test_reschedule_and_reminder_meet(ground, rigged, tomorrow, tmp_path):
    """R37: whoever holds the booking first wins; a reminder that comes second sees the new time and does not go.

    The negative control comes second: without the lock the letter goes while the booking moves. What other tests left
    in outbox and due work of the arena is forgotten first: a notice of theirs would come to the failpoint before ours.
    """
    server, rigging = rigged
    ground.forget_what_waits()
    worker = Rigging(tmp_path)
    with _working(ground.database, {"FAILPOINTS": str(tmp_path)}) as tick:
        booking, moving = _meeting(ground, server, rigging, worker, tomorrow, tick)
        _wait_until(lambda: _is_waiting(ground))
        rigging.release("change.checked")
        assert moving.result().status == 200
        _wait_until(lambda: len(_states(ground, booking)) == 2, tick)
        assert _states(ground, booking) == [("skipped", "moved", False), ("planned", "", True)]
        assert _letters(ground, booking) == 0

        worker.set("notices.lock", "skip")
        booking, moving = _meeting(ground, server, rigging, worker, tomorrow, tick)
        _wait_until(lambda: _letters(ground, booking) == 1)
        rigging.release("change.checked")
        assert moving.result().status == 200
        assert _states(ground, booking)[0][2] is False


def test_each_reminder_goes_once_whoever_dies(template, django_db_blocker, tmp_path, record_property):
    """R40, R41: days of reminders over a change of clocks, with workers killed and Redis emptied in between.

    Time goes by as the database sees it: everything planned and every start comes nearer by six hours.
    """
    rigging = Rigging(tmp_path)
    with (
        django_db_blocker.unblock(),
        servers.copied(template, "reminders") as database,
        pointed_at(database),
        mailbox() as (box, mail),
    ):
        ground = furnished(database)
        with tenant_context(ground.alpha.tenant):
            ground.forget_what_waits()
            opens = _before_the_clocks_change()
            _book(ground, opens + DAY)
        options = {"FAILPOINTS": str(tmp_path), **mail}
        plan = _Plan(ground)
        for number, steps in enumerate(_thirds()):
            with servers.celery_worker(database, options) as worker:
                tick = _ticker()
                if number == 0:
                    _settle(ground, tick)
                    _assert_planned_in_real_time(ground)
                    _shift(ground, opens - database_now())
                for step in steps:
                    plan.disturb(step, partial(_settle, ground, tick))
                    _shift(ground, STEP)
                    rigging.set("notices.posted" if step % 2 else "mail.sent", "exit")
                    tick()
                    if step % 3 == 1:
                        with Redis.from_url(servers.queue_url()) as queue:
                            queue.flushdb()
                    if step == steps[-1]:
                        _wait_until(lambda: _is_working(ground), tick)
                        os.killpg(worker.child.pid, signal.SIGKILL)
                        break
                    _settle(ground, tick)
        rigging.clear()
        with servers.celery_worker(database, options):
            _settle(ground, _ticker())
        plan.assert_kept(box)
        record_property("reminders", sum(len(ids) for ids in box.about("Reminder").values()))
        record_property("copies on the wire", len(box.letters) - len({number for _to, number, _subject in box.letters}))
        ground.hang_up()


class _Plan:
    """Which bookings are cancelled or moved when, and what each guest must get."""

    def __init__(self, ground):
        self.ground = ground
        self.cancelled, self.moved_away, self.moved_on = set(), set(), set()

    def disturb(self, step, settle):
        """Of the reminders of the next two steps, move some on by hours, and cancel some or move them far away.

        What was moved on is planned anew before time goes by; the others are told of while reminders go.
        """
        with tenant_context(self.ground.alpha.tenant):
            now = database_now()
            rows = Notice.objects.filter(kind="reminder", state="planned", due_at__gt=now, due_at__lt=now + 2 * STEP)
            ids = list(rows.order_by("due_at", "pk").values_list("booking_id", flat=True))[:: max(1, MANY // 60)]
            ids = [pk for pk in ids if pk not in self.moved_on]
            if step < STEPS - 2:
                self.moved_on.update(ids[2::3])
                for pk in ids[2::3]:
                    transact(partial(_move, pk, STEP / 2))
        settle()
        with tenant_context(self.ground.alpha.tenant):
            self.cancelled.update(ids[0::3])
            for pk in ids[0::3]:
                transact(partial(_cancel, pk))
            self.moved_away.update(ids[1::3])
            for pk in ids[1::3]:
                transact(partial(_move, pk, 30 * DAY))

    def assert_kept(self, box):
        """Each guest got one reminder, those that were cancelled or moved far away none."""
        assert self.cancelled
        assert self.moved_away
        assert self.moved_on
        got = box.about("Reminder")
        with tenant_context(self.ground.alpha.tenant):
            for booking in Booking.objects.filter(reference_code__startswith="RM-"):
                wanted = 0 if booking.pk in self.cancelled | self.moved_away else 1
                assert len(got[booking.email]) == wanted, booking.reference_code
                sent = Notice.objects.filter(booking=booking, kind="reminder", state="sent")
                assert [row.starts_at for row in sent] == [booking.start] * wanted, booking.reference_code
            assert not Notice.objects.filter(state__in=["sending", "unknown", "failed"]).exists()


def _thirds():
    steps = list(range(STEPS))
    third = STEPS // 3
    return [steps[:third], steps[third : 2 * third], steps[2 * third :]]


def _before_the_clocks_change():
    """Noon in Berlin of the day before the next change of the clocks: half of the reminders come before it."""
    day = (database_now() + 3 * DAY).astimezone(BERLIN).date()
    while _offset(day) == _offset(day + DAY):
        day += DAY
    return datetime.combine(day, datetime.min.time(), BERLIN).astimezone(UTC) - DAY / 2


def _offset(day):
    return datetime.combine(day, datetime.min.time(), BERLIN).utcoffset()


def _book(ground, first):
    """Confirmed bookings, spread over the days, each of a guest of its own, with the event that tells of it."""
    now = database_now()
    apart = DAYS * DAY / MANY
    rows = [
        Booking(
            reference_code=f"RM-{number:06d}",
            resource_id=ground.alpha.court_2,
            start=first + (number + 0.5) * apart,
            end=first + (number + 0.5) * apart + timedelta(hours=1),
            name=f"Guest {number}",
            email=f"guest-{number}@example.org",
            language="en",
            state=State.CONFIRMED,
            payment_state=PaymentState.NOT_REQUIRED,
            price_per_unit_minor=0,
            pricing_unit="hour",
            total_minor=0,
            currency="EUR",
            time_zone="Europe/Berlin",
            confirmed_at=now,
            created_at=now,
            updated_at=now,
        )
        for number in range(MANY)
    ]
    Booking.objects.bulk_create(rows, batch_size=1000)
    events = [event(row, State.HELD, SYSTEM, now) for row in rows]
    BookingEvent.objects.bulk_create(events, batch_size=1000)


def _cancel(booking_id):
    booking = moves.locked(booking_id)
    moves.save(booking, moves.move(booking, State.CANCELLED, SYSTEM, database_now()))


def _move(booking_id, by):
    booking = moves.locked(booking_id)
    before = booking.start
    booking.start, booking.end = booking.start + by, booking.end + by
    happened = event(booking, booking.state, SYSTEM, database_now(), act=BookingEvent.Act.CHANGED)
    moves.save(booking, happened, [("start", before.isoformat(), booking.start.isoformat())])


def _shift(ground, by):
    """Let time go by at once: every start and all that is planned comes nearer, and so do the leases of who is dead.

    In one transaction, bookings first as the sender locks them: nobody sees a start and its reminder apart.
    """
    with tenant_context(ground.alpha.tenant), transaction.atomic():
        Booking.objects.filter(reference_code__startswith="RM-").update(start=F("start") - by, end=F("end") - by)
        Notice.objects.filter(kind="reminder").update(
            due_at=F("due_at") - by, send_at=F("send_at") - by, starts_at=F("starts_at") - by
        )
        DueWork.objects.filter(kind__in=KINDS).update(due_at=F("due_at") - by)


def _assert_planned_in_real_time(ground):
    """24 hours before are 24 hours; on the wall that is another hour for whom the clocks change in between."""
    with tenant_context(ground.alpha.tenant):
        rows = Notice.objects.filter(kind="reminder").select_related("booking")
        assert rows.count() == MANY
        assert {row.booking.start - row.due_at for row in rows} == {DAY}
        walls = [(row.booking.start.astimezone(BERLIN).hour - row.due_at.astimezone(BERLIN).hour) % 24 for row in rows]
        assert set(walls) == {0, walls[walls.index(max(walls))]}
        assert len(set(walls)) == 2


@contextmanager
def _working(database, options):
    with servers.celery_worker(database, options):
        yield _ticker()


def _ticker():
    beat = Celery(broker=servers.queue_url(), set_as_current=False)

    def tick():
        beat.send_task("tenants.pump")
        beat.send_task("tenants.tick")

    return tick


def _settle(ground, tick):
    """Work until nothing is due, taken or in the outbox; what nobody has worked at for a while is a dead one's."""
    left, since = -1, time.monotonic()

    def done():
        nonlocal left, since
        waits = OutboxMessage.objects.filter(schema_name=ground.schema).count()
        due = DueWork.objects.filter(kind__in=KINDS, due_at__lte=Now()).count()
        taken = DueWork.objects.filter(kind__in=KINDS, attempts__gt=0)
        now_left = waits + due + taken.count()
        if now_left != left:
            left, since = now_left, time.monotonic()
        elif time.monotonic() > since + PATIENCE:
            taken.update(due_at=Now())
            since = time.monotonic()
        return not now_left

    _wait_until(done, tick)


def _is_working(ground):
    return OutgoingMail.objects.filter(schema_name=ground.schema, state="waiting").exists()


def _wait_until(true, tick=None):
    deadline = time.monotonic() + WITHIN
    beats = time.monotonic()
    while not true():
        assert time.monotonic() < deadline
        if tick and time.monotonic() > beats:
            tick()
            beats = time.monotonic() + 1
        time.sleep(0.1)


def _meeting(ground, server, rigging, worker, day, tick):
    """A booking that somebody is moving, whose lock they hold, and a worker that is just about to send its reminder."""
    court = ground.court("reminded", pays_on_site=True, pays_online=False, needs_approval=False)
    body = slot(court, ground.alpha.tenant.time_zone, day + DAY, 12)
    client = ground.client(server, "guest")
    booking = client.post(BOOKINGS, body).body["id"]
    _wait_until(lambda: _told(ground, booking), tick)
    worker.set("notices.due", "wait")
    _make_due(ground, booking)
    tick()
    worker.wait_until_reached("notices.due")
    rigging.set("change.checked", "wait")
    wanted = {name: later(body, 60)[name] for name in ("start_datetime", "end_datetime")}
    moving = ThreadPoolExecutor(1).submit(client.post, f"{BOOKINGS}{booking}/reschedule/", wanted)
    rigging.wait_until_reached("change.checked")
    worker.release("notices.due")
    return booking, moving


def _told(ground, booking):
    """Whether the confirmation is gone, and the reminder planned."""
    rows = ground.sql("SELECT kind, state FROM bookings_notice WHERE booking_id = %s", booking)
    return {kind for kind, state in rows if state == "planned"} == {"reminder"}


def _make_due(ground, booking):
    ground.sql("UPDATE bookings_notice SET send_at = now() WHERE booking_id = %s AND kind = 'reminder'", booking)
    [(notice,)] = ground.sql("SELECT id FROM bookings_notice WHERE booking_id = %s AND kind = 'reminder'", booking)
    rows = DueWork.objects.filter(schema_name=ground.schema, kind="notice", object_id=str(notice))
    assert rows.update(due_at=Now()) == 1


def _states(ground, booking):
    """The reminders of a booking: state, why, and whether they speak of its start."""
    return ground.sql(
        "SELECT n.state, n.why, n.starts_at = b.start FROM bookings_notice n JOIN bookings_booking b"
        " ON b.id = n.booking_id WHERE b.id = %s AND n.kind = 'reminder' ORDER BY n.id",
        booking,
    )


def _letters(ground, booking):
    """How many reminders of a booking were posted."""
    return ground.sql(
        "SELECT count(*) FROM public.tenants_outgoingmail m JOIN bookings_notice n ON m.key = 'notice:' || n.id"
        " WHERE n.booking_id = %s AND n.kind = 'reminder' AND m.schema_name = %s",
        booking,
        ground.schema,
    )[0][0]


def _is_waiting(ground):
    """Whether a worker waits for the booking's lock."""
    rows = ground.sql(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
        " AND query ILIKE '%%bookings_booking%%'",
        ground.database,
    )
    return rows[0][0] > 0
