"""The desk while something is gone: cut sessions, no Redis, no worker, no mail. Nothing is lost or done twice."""

import threading
from collections import Counter
from datetime import timedelta
from functools import partial
from http import HTTPStatus

from django.core import mail
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings import lifecycle
from bookings.batches import working
from bookings.lifecycle import Taking
from bookings.models import Batch, Booking, GiftCredit, OnSitePayment
from bookings.plans import STAFF_MAY_OVERRULE
from bookings.records import Actor
from bookings.requests import Contact, HoldRequest
from embedded.ports import HOST, any_free_port
from kernel.periods import Period
from schemas.clock import database_now
from tenants.models import OutgoingMail
from tests import servers
from tests.bookings.paying.scenes import perform
from tests.races.crowd import together
from tests.races.test_database_trouble import _cut_sessions
from tests.races.windows import Window
from venues.models import Venue

READS = (
    "/desk/", "/desk/calendar/", "/desk/bookings/?when=all", "/desk/bookings/export.csv", "/desk/team/",
    "/desk/walk-in/", "/desk/money/takings/?format=csv", "/desk/setup/",
)  # fmt: skip
CREDITS, ROUNDS, TRIES = 6, 2, 5
HOUR, NORA = timedelta(hours=1), "nora@example.org"
BREATH = b"The service is catching its breath. Please try again."
FOUND, BUSY = int(HTTPStatus.FOUND), int(HTTPStatus.SERVICE_UNAVAILABLE)


def test_cut_sessions_are_a_sentence_and_what_is_sent_again_is_done_once(ground, server, figures):
    """R44: sessions die twenty times a second; pages are there or say to try again, and a form counts once."""
    owner = Window(server, ground.alpha)
    assert owner.enter("owner").path == "/desk/"
    forms = [owner.open("/desk/gift-credit/").form_with("amount").fields for _number in range(CREDITS)]
    seen, said = Counter(), []
    over = threading.Event()
    killer = threading.Thread(target=_cut_sessions, args=(ground, over))

    def noted(answer):
        seen[answer.status_code] += 1
        if answer.status_code == BUSY:
            said.append((BREATH in answer.content, answer.headers["Retry-After"]))
        return answer.status_code

    def work(number):
        one = Window(server, ground.alpha)
        one.client.cookies = dict(owner.client.cookies)
        for path in READS * ROUNDS:
            noted(one.client.get(path))
        form = {**forms[number], "amount": f"5.0{number}", "note": f"cut {number}"}
        done = sum(noted(one.client.post("/desk/gift-credit/", form)) == FOUND for _try in range(TRIES))
        while not done:
            done = noted(one.client.post("/desk/gift-credit/", form)) == FOUND

    killer.start()
    try:
        together([partial(work, number) for number in range(CREDITS)])
    finally:
        over.set()
        killer.join()
    figures("answers", dict(seen))
    assert set(seen) <= {200, FOUND, BUSY}
    assert set(said) <= {(True, "1")}
    with tenant_context(ground.alpha.tenant):
        given = GiftCredit.objects.filter(note__startswith="cut ").values_list("note", "balance_minor")
        assert sorted(given) == [(f"cut {number}", 500 + number) for number in range(CREDITS)]


def _comes(ground, court, start, **contact):
    """A booking that staff have made and taken 25.00 for; its id."""
    staff = Actor.of(User.objects.get(pk=ground.alpha.users["front_desk"]))
    request = HoldRequest(
        period=Period(start, start + HOUR), resource_id=court, contact=Contact("Gina Guest", **contact)
    )
    booking = lifecycle.book_for(request, staff, STAFF_MAY_OVERRULE)
    return lifecycle.pay_on_site(booking, Taking(2500), staff).pk


def test_a_day_goes_on_without_redis_worker_and_mail_and_is_caught_up_with_once(ground):
    """R41 at the desk: each act is answered, and what it owes to others is done when a worker comes, once."""
    gone = f"redis://{HOST}:{any_free_port()}/0"
    nowhere = {"REDIS_URL": gone, "EMAIL_HOST": HOST, "EMAIL_PORT": str(any_free_port())}
    venue = ground.venue("outage")
    court, other = (ground.court(slug, venue) for slug in ("outage-1", "outage-2"))
    with tenant_context(ground.alpha.tenant):
        # It is noon there, whenever this runs.
        Venue.objects.filter(pk=venue).update(time_zone=f"Etc/GMT{database_now().hour - 12:+d}")
        minute = database_now().replace(second=0, microsecond=0)
        arriving = _comes(ground, court, minute + HOUR / 3)
        noon = minute.replace(minute=0) + timedelta(days=7)
        next_week = [noon + hours * HOUR for hours in (-4, -2, 0, 2)]
        moved, cancelled, *many = (_comes(ground, court, start, email="g@example.org") for start in next_week)
    ground.forget_what_waits()
    with servers.web(ground.database, nowhere) as server:
        owner = Window(server, ground.alpha)
        assert owner.enter("owner").path == "/desk/"
        assert [owner.client.get(path).status_code for path in READS] == [200] * len(READS)
        page = owner.open(f"/desk/bookings/{arriving}/")
        owner.send(page, page.form("/check-in/"))
        sheet = owner.open(owner.open("/desk/?venue=outage").link(f"/desk/walk-in/?resource={other}&"))
        assert "€25.00 are noted as paid." in owner.send(sheet, sheet.form_with("way"), "cash").text
        _move(owner, moved, other)
        _cancel(owner, cancelled)
        batch = _cancel_many(owner, many)
        _invite(owner)
        assert owner.client.get("/desk/bookings/export.csv?when=all").content.count(b"\r\n") > len(next_week)
        with tenant_context(ground.alpha.tenant):
            here = Booking.objects.filter(resource_id__in=(court, other)).order_by("created_at")
            assert list(here.values_list("state", "resource_id", "paid_minor", "refund_due_minor")) == [
                ("confirmed", court, 2500, 0),
                ("confirmed", other, 2500, 0),
                ("cancelled", court, 2500, 2500),
                ("confirmed", court, 2500, 0),
                ("confirmed", court, 2500, 0),
                ("confirmed", other, 2500, 0),
            ]
            assert Booking.objects.get(pk=arriving).checked_in_at is not None
            assert OnSitePayment.objects.filter(booking__in=here).count() == len(next_week) + 2
            for _time in range(2):  # a worker comes, and comes again
                working.work(str(Batch.objects.get().pk))
                perform("mail")
            assert [Booking.objects.get(pk=pk).state for pk in many] == ["cancelled"] * 2
            assert OutgoingMail.objects.filter(to=NORA).count() == 1
        assert len([letter for letter in mail.outbox if letter.to == [NORA]]) == 1
        assert "2 of 2 bookings" in owner.open(batch.path).text


def _move(owner, booking, place):
    path = f"/desk/calendar/bookings/{booking}/"
    fields = owner.open(path).form_with("version").fields
    asked = {name: value for name, value in fields.items() if name not in {"csrfmiddlewaretoken", "keep_price"}}
    preview = owner._follow(path, owner.client.get(path, {**asked, "resource": place}))
    form = preview.form_with("version")
    form.fields.pop("keep_price", None)
    assert "is now at" in owner.send(preview, form).text


def _cancel(owner, booking):
    page = owner.open(f"/desk/bookings/{booking}/cancellation/")
    typed = {"reason": "weather", "fee": "none", "because": "Rain"}
    shown = owner.send(page, page.form_with("reason"), **typed)
    assert "is cancelled." in owner.send(shown, shown.form_with("reason"), "cancel", **typed).text


def _cancel_many(owner, bookings):
    path = "/desk/bookings/many/"
    fields = owner.open("/desk/bookings/?when=all").form(path).fields
    chosen = {name: value for name, value in fields.items() if name not in {"booking", "all", "kind"}}
    ticked = {**chosen, "booking": [str(pk) for pk in bookings], "kind": "cancel"}
    draft = owner._follow(path, owner.client.post(path, ticked))
    draft = owner.send(draft, draft.form_with("reason"), reason="weather")
    page = owner.send(draft, draft.form("/go/"))
    assert "0 of 2 bookings" in page.text
    return page


def _invite(owner):
    page = owner.open("/desk/team/invite/")
    done = owner.send(page, page.form_with("email"), name="Nora", email=NORA, role="front_desk")
    assert f"The invitation is on its way to {NORA}." in done.text
