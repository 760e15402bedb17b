"""No byte of one tenant in anything of another, at every route that there is (I10, T07, T10, T11).

Routes are read from the URLconf: a new one is tested without being added here.
"""

import logging

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import CharField, TextField
from django_tenants.utils import tenant_context
from psycopg import sql

from tests.isolation.contents import contents
from tests.isolation.scene import Caller, credentials, send, shown, values, visits
from tests.routes import Route, tenant_routes
from tests.worlds import World

# What a signed-in visitor gets to see of a route has nothing of the tenant in it.
NOTHING_TO_SHOW = {
    "/api/v1/admin/resources/<int:resource_id>/hours/",
    "/desk/money/fees/<slug:number>.pdf",
    "/.well-known/oauth-authorization-server",
    *("/api/schema/core/", "/api/docs/core/", "/api/availability/", "/api/bookings/"),
    *("/api/schema/partner/", "/api/docs/partner/", "/api/partner/v1/slots"),
    *("/api/schema/", "/api/docs/", "/brand/<slug:tag>/<str:file>", "/appearance/", "/logout/", "/language/"),
    *("/api/v1/availability/", "/api/v1/availability/calendar/"),
    *("/robots.txt", "/sitemap.xml"),  # slugs, which are equal in all worlds; flows look at the hosts
    "/api/v1/bookings/<uuid:booking_id>/cancellation-preview/",
    "/api/v1/bookings/<uuid:booking_id>/refunds/",
    "/api/v1/me/cards/",
    # Numbers; what is named there is named in the other reports, too. No booking of the scene stands.
    *(f"/api/v1/admin/reports/{kind}/" for kind in ("revenue", "cancellations", "customers")),
    "/api/v1/admin/imports/templates/<slug:kind>.csv",
    *("/api/v1/message-rules/", "/api/v1/message-rules/<slug:kind>/"),
    *("/api/v1/admin/subscription/", "/api/v1/admin/balance/"),
    *("/api/v1/bookings/<uuid:booking_id>/ticket/", "/api/v1/bookings/<uuid:booking_id>/ticket.svg"),
    *("/api/v1/admin/extra-offers/<int:offer_id>/", "/api/v1/admin/quotas/<int:quota_id>/"),
}
# API routes that look at no credentials.
WITHOUT_CREDENTIALS = {f"/api/{what}/{dialect}" for what in ("schema", "docs") for dialect in ("", "core/", "partner/")}
# API routes that serve whoever brings no token; a session of elsewhere is none at all.
FOR_EVERYBODY = {"/api/services/", "/api/availability/", "/api/bookings/"}
# Texts without a canary, and why.
NO_CANARY = {
    "accounts.User.password": "a hash",
    "accounts.User.language": "a code",
    "accounts.MailedLink.digest": "a hash",
    "accounts.AccessToken.digest": "a hash",
    "accounts.AccessToken.prefix": "the first six of forty characters",
    "oauth.Application.client_secret": "a hash",
    "oauth.Grant.code": "a hash",
    "oauth.Grant.code_challenge": "a hash",
    "oauth.Grant.scope": "a code",
    "oauth.AccessToken.token_checksum": "a hash",
    "oauth.AccessToken.scope": "a code",
    "oauth.RefreshToken.token_checksum": "a hash",
    "bookings.Batch.letter": "a code",
    "bookings.BatchRow.figures": "numbers",
    "bookings.Booking.holder": "equal in all worlds, so that it would open another's hold if it could",
    "bookings.Booking.agent": "equal in all worlds",
    "bookings.Booking.currency": "a code",
    "bookings.Booking.language": "a code",
    "bookings.BookingChange.field": "a code",
    "bookings.BookingLine.quantity": "a number",
    "bookings.Booking.time_zone": "a code",
    "desk.LookedIn.role": "a code",
    "bookings.ShownText.digest": "a hash",
    "bookings.ShownText.language": "a code",
    "bookings.Consent.whose": "a hash",
    "bookings.MessageTemplate.kind": "a code",
    "bookings.MessageTemplate.language": "a code",
    "bookings.MessageRule.kind": "a code",
    "bookings.Notice.kind": "a code",
    "bookings.Notice.language": "a code",
    "bookings.Notice.why": "a code",
    "bookings.NoMail.digest": "a hash",
    "bookings.Connection.last_error": "a code",
    "bookings.CalendarCopy.digest": "a hash",
    "bookings.Feed.digest": "a hash",
    "bookings.Feed.sealed": "sealed",
    "bookings.Feed.shown_digest": "a hash",
    "bookings.ImportRow.key": "a hash",
    "bookings.ImportRow.sealed": "sealed",
    "bookings.Imported.key": "a hash",
    "bookings.WebhookEndpoint.agent": "equal in all worlds",
    "bookings.Series.rule": "a code",
    "bookings.Series.first": "a date",
    "bookings.Series.time_zone": "a code",
    "bookings.SeriesDate.wall": "a date",
    "bookings.SeriesDate.skipped": "a code",
    "rest.IdempotencyRecord.principal": "equal in all worlds",
    "rest.IdempotencyRecord.method": "a code",
    "rest.IdempotencyRecord.path": "equal in all worlds",
    "accounts.Authenticator.sealed": "sealed",
    "accounts.RecoveryCode.digest": "a hash",
    "accounts.Session.session_key": "random",
    "desk.Archive.source": "a code",
    "desk.Archive.after": "a key",
    "desk.ArchiveEntry.source": "a code",
    "desk.ArchiveEntry.name": "made of what has a canary; test_everything looks into the archive",
    "desk.ArchiveEntry.digest": "a hash",
    "desk.Change.thing": "the name of a table",
    "desk.Change.thing_id": "a number",
    "accounts.Session.session_data": "packed and signed",
    "venues.Venue.slug": "equal in all worlds",
    "venues.Venue.country": "a code",
    "venues.Venue.time_zone": "a code",
    "venues.Venue.currency": "a code",
    "venues.Picture.digest": "a hash, equal in all worlds",
    "venues.PictureFile.name": "a code",
    "venues.Resource.slug": "equal in all worlds",
    "venues.Product.slug": "equal in all worlds",
    "venues.CancellationStep.reason": "a code",
    "venues.Voucher.currency": "a code",
    "venues.Pack.currency": "a code",
    "venues.MembershipPlan.currency": "a code",
    "bookings.Purchase.currency": "a code",
    "bookings.GiftCredit.currency": "a code",
    "payments.Dispute.dispute_id": "equal in all worlds",
    "payments.Dispute.currency": "a code",
    "payments.BusinessDetails.language": "a code",
    "payments.Document.number": "equal in all worlds",
    "payments.Document.time_zone": "a code",
    "payments.Document.language": "a code",
    "payments.Document.currency": "a code",
    "payments.DocumentCounter.series": "equal in all worlds",
    "payments.LedgerAccount.number": "a number",
    "payments.Payment.currency": "a code",
    "payments.Payout.payout_id": "equal in all worlds",
    "payments.Payout.status": "a code",
    "payments.Payout.currency": "a code",
    "payments.Posting.currency": "a code",
}
# Pages that mail a link to whatever address is typed, whoever types it.
MAILS_ANYBODY = {"/login/link/", "/login/password/", "/signup/", "/data/"}
THIRD_PARTY = {"axes", "sessions"}
ROUTES = tenant_routes()


def test_ids_are_equal_in_both_worlds(worlds: tuple[World, World]) -> None:
    """T11: where ids differ, a leak would look like a 404."""
    alpha, beta = worlds
    ours, theirs = values(alpha, alpha), values(beta, beta)
    token, other_token = ours.pop("token"), theirs.pop("token")
    assert token != other_token
    assert ours.pop("tenant_id") != theirs.pop("tenant_id")
    assert ours.pop("claim_id") != theirs.pop("claim_id")
    assert ours.pop("secret") != theirs.pop("secret")
    assert ours == theirs
    assert alpha.users == beta.users


def texts() -> list[tuple[str, str, str]]:
    """(label, table, column) of every free text of our own models in tenant schemas."""
    labels = [config for config in apps.get_app_configs() if config.name in settings.TENANT_APPS]
    return [
        (f"{model._meta.label}.{field.name}", model._meta.db_table, str(field.column))
        for config in labels
        if config.label not in THIRD_PARTY
        for model in config.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, CharField | TextField) and not field.choices
    ]


def test_every_text_of_a_tenant_carries_its_canary(worlds: tuple[World, World]) -> None:
    """What has no canary could leak unseen."""
    alpha, _beta = worlds
    without = set()
    with tenant_context(alpha.tenant), connection.cursor() as cursor:
        for label, table, column in texts():
            query = sql.SQL("SELECT EXISTS (SELECT 1 FROM {} WHERE strpos({}::text, %s) > 0)")
            cursor.execute(query.format(sql.Identifier(table), sql.Identifier(column)), [alpha.canary])
            if not cursor.fetchone()[0]:
                without.add(label)
    assert without == set(NO_CANARY), (
        "Give the new text a canary in tests/isolation/scene.py, or say in NO_CANARY why it has none: "
        f"{without ^ set(NO_CANARY)}"
    )


def test_every_parameter_of_every_route_can_be_filled_in(worlds: tuple[World, World]) -> None:
    alpha, _beta = worlds
    known = values(alpha, alpha)
    unknown = [f"{name} in {route}" for route in ROUTES for name, _converter in route.converters if name not in known]
    assert not unknown, f"Give the parameter a value in `values` of tests/isolation/scene.py: {unknown}"


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_credentials_of_another_tenant_open_nothing(worlds: tuple[World, World], route: Route) -> None:
    """T10, T11: everybody of Beta, by token and by session, with Beta's links, at Alpha's host."""
    alpha, beta = worlds
    before = contents(alpha), contents(beta)
    door = getattr(route.view, "door", "")
    nobody = Caller(alpha.host)
    wrong = []
    tries = visits(route, alpha, links_of=beta)
    for name, caller in credentials(beta, alpha.host, route):
        for method, path, body in tries:
            response = send(caller, route, method, path, body)
            if route.path in FOR_EVERYBODY and "session" in name:
                right = response.status_code == send(nobody, route, method, path, body).status_code
            elif route.is_api and route.path not in WITHOUT_CREDENTIALS:
                right = response.status_code == 401 and "WWW-Authenticate" in response
            elif door in {"signed in", "staff"}:
                right = response.status_code == 302 and response["Location"].startswith("/login/")
            elif "<str:token>" in route.path:
                right = response.status_code in {404, 405}
            else:
                right = response.status_code == send(nobody, route, method, path, body).status_code
            closed = bool(door != "" or route.is_api) and not door.startswith("open")
            closed = closed and route.path not in FOR_EVERYBODY
            told = shown(response)
            leaks = beta.canary in told or (closed and alpha.canary in told)
            if leaks or not right or response.status_code >= 500:
                wrong.append(f"{name}: {method} {path} answered {response.status_code}{' and leaked' * leaks}")
    assert not wrong, "\n".join(wrong)
    # A guest of no tenant may hold a slot, and so may whoever sends no good credentials
    if "hold" not in route.path and route.path not in MAILS_ANYBODY:
        assert contents(alpha) == before[0]
    assert contents(beta) == before[1]


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_nobody_sees_or_touches_anything_of_another_tenant(
    worlds: tuple[World, World], route: Route, caplog: pytest.LogCaptureFixture
) -> None:
    """I10, T30: everybody of Alpha and nobody in particular, at Alpha's host; Beta's canary is in no answer.

    And nobody's is in the log, where personal data do not belong.
    """
    caplog.set_level(logging.INFO)
    alpha, beta = worlds
    before = contents(beta)
    answers = []
    tries = visits(route, alpha, links_of=alpha)
    for name, caller in [("nobody", Caller(alpha.host)), *credentials(alpha, alpha.host, route)]:
        for method, path, body in tries:
            response = send(caller, route, method, path, body)
            answers.append((f"{name}: {method} {path} answered {response.status_code}", response, shown(response)))
    wrong = [what for what, response, told in answers if beta.canary in told or response.status_code >= 500]
    assert not wrong, "\n".join(wrong)
    assert contents(beta) == before
    assert alpha.canary not in caplog.text
    assert beta.canary not in caplog.text
    if "get" in route.methods and route.path not in NOTHING_TO_SHOW:
        shows = [what for what, _response, told in answers if alpha.canary in told]
        assert shows or "post" in route.methods, f"Nobody got to see anything of {route}: is it asked the right way?"


def test_the_scan_finds_a_canary(worlds: tuple[World, World]) -> None:
    """The negative control: a door that is open to the other tenant would be seen."""
    alpha, beta = worlds
    route = next(route for route in ROUTES if route.path == "/api/v1/venues/")
    leaking = send(Caller(beta.host, token=beta.tokens["guest"]), route, "get", "/api/v1/venues/", {})
    assert beta.canary in shown(leaking)
    assert alpha.canary not in shown(leaking)
