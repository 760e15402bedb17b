"""From the form by the letter to one's own desk, and every turn on the way."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django_tenants.utils import tenant_context

from accounts.models import MailedLink, Role, User
from billing.subscriptions.models import Subscription
from schemas.clock import database_now
from tenants import due, mail
from tenants.cleaning import clean_platform
from tenants.models import DueWork, OutgoingMail, Tenant
from tests.flows.pages import Page, Visitor
from tests.website.applying import (
    EMAIL,
    PASSWORD,
    PLATFORM,
    TYPED,
    applied,
    apply,
    letters,
    link_in,
    path_in,
    press,
)
from tests.worlds import World
from website import signing
from website.models import SignUp, SignUpLink, TermsAgreement

pytestmark = pytest.mark.usefixtures("platform")


def arrive(answer: Any) -> tuple[Visitor, Page]:
    """Follow the answer to the button to the business's own host."""
    assert answer.status_code == 302
    scheme, _slashes, rest = answer["Location"].partition("://")
    host, _slash, path = rest.partition("/")
    assert scheme == "http"
    owner = Visitor(host)
    return owner, owner.open(f"/{path}")


def test_stranger_signs_up_and_stands_in_the_first_steps_of_an_own_business(stranger: Visitor, plans: None) -> None:
    page = apply(stranger, plan="starter")
    assert (page.status, page.path.startswith("/sign-up/sent/")) == (200, True)
    assert f"A letter is on its way to {EMAIL} ." in page.text
    assert not Tenant.objects.filter(slug="padel-nord").exists()
    [letter] = letters()
    assert (letter.subject, letter.state, letter.language) == ("Open Padel Nord", "waiting", "en")
    behind = Visitor(PLATFORM).open(path_in(letter))
    assert "padel-nord.localhost" in behind.text
    assert not Tenant.objects.filter(slug="padel-nord").exists()  # a scanner of mail has looked
    owner, desk = arrive(press(Visitor(PLATFORM), path_in(letter)))
    assert (desk.path, desk.status) == ("/desk/setup/", 200)
    tenant = Tenant.objects.get(slug="padel-nord")
    assert (tenant.state, tenant.name, tenant.time_zone, tenant.currency) == (
        "ready", "Padel Nord", "Europe/Berlin", "EUR",
    )  # fmt: skip
    row = SignUp.objects.get()
    assert (row.schema_name, row.terms) == (tenant.schema_name, "2026-11-22")
    agreement = TermsAgreement.objects.get()
    assert (agreement.tenant_id, agreement.version, agreement.email) == (tenant.pk, "2026-11-22", EMAIL)
    with tenant_context(tenant):
        user = User.objects.get()
        assert (user.email, user.role, user.verified_at is not None) == (EMAIL, Role.OWNER, True)
        assert user.check_password(PASSWORD)
    assert owner.open("/desk/money/plan/").status == 200


@pytest.mark.parametrize(
    ("plan", "status", "venues"), [("starter", "trialing", 1), ("pro", "trialing", 5), ("free", "free", 1)]
)
def test_plan_that_was_chosen_is_the_one_that_is_tried(
    stranger: Visitor, plans: None, plan: str, status: str, venues: int
) -> None:
    page = stranger.open(f"/sign-up/?plan={plan}")
    form = page.form_with("slug")
    assert form.fields["plan"] == plan
    stranger.send(page, form, **TYPED)
    press(stranger, path_in(letters()[0]))
    row = Subscription.objects.select_related("plan", "tenant").get(tenant__slug="padel-nord")
    assert (row.plan.code, row.status, row.tenant.most_venues) == (plan, status, venues)
    if status == "trialing":
        assert row.trial_ends_at is not None
        assert timedelta(days=13, hours=23) < row.trial_ends_at - database_now() <= timedelta(days=14)
    else:
        assert row.trial_ends_at is None


def test_a_trial_goes_on_being_of_that_plan_and_ends_as_the_free_one(stranger: Visitor, plans: None) -> None:
    from billing.subscriptions import acts

    apply(stranger, plan="starter")
    press(stranger, path_in(letters()[0]))
    tenant = Tenant.objects.get(slug="padel-nord")
    with tenant_context(tenant):
        acts.refresh(tenant.pk)
    assert Subscription.objects.get(tenant=tenant).plan.code == "starter"
    Subscription.objects.filter(tenant=tenant).update(trial_ends_at=database_now() - timedelta(seconds=1))
    with tenant_context(tenant):
        acts.refresh(tenant.pk)
    row = Subscription.objects.get(tenant=tenant)
    assert (row.plan.code, row.status) == ("free", "free")


def test_a_house_without_plans_asks_for_none(stranger: Visitor) -> None:
    assert "plan" not in stranger.open("/sign-up/").form_with("slug").fields
    _row, path = applied()
    assert press(stranger, path).status_code == 302
    assert not Subscription.objects.filter(tenant__slug="padel-nord").exists()


def test_letter_goes_by_the_clock_in_the_platforms_name_and_its_text_is_gone_then(
    stranger: Visitor, mailoutbox: list[Any], settings: Any
) -> None:
    settings.PLATFORM_EMAIL = "hello@forecourt.example"
    apply(stranger)
    work = DueWork.objects.get(schema_name="public", kind=mail.KIND)
    [claimed] = [each for each in due.claim() if each.pk == work.pk]
    due.perform(claimed.pk, claimed.attempts)
    [sent] = mailoutbox
    assert (sent.to, sent.from_email, sent.reply_to) == (
        [EMAIL], "Forecourt <bookings@localhost>", ["hello@forecourt.example"],
    )  # fmt: skip
    assert "/sign-up/link/" in sent.body
    [letter] = letters()
    assert (letter.state, letter.text, letter.html) == ("sent", "", "")


def test_letter_waits_while_the_mail_server_is_down(
    stranger: Visitor, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(stranger)
    [letter] = letters()

    def down(*_args: object, **_kwargs: object) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as patched:
        patched.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", down)
        with pytest.raises(ConnectionRefusedError):
            mail.send(str(letter.pk))
    assert (letters()[0].state, len(mailoutbox)) == ("waiting", 0)
    mail.send(str(letter.pk))
    assert (letters()[0].state, len(mailoutbox)) == ("sent", 1)


def test_link_in_the_letter_leads_to_the_host_of_the_settings_whatever_host_is_sent() -> None:
    """T16: the stock spellings of our host that reach us, and a header of a proxy's that nobody asked for."""
    for number, host in enumerate(("LOCALHOST", "localhost.", "localhost:9999")):
        someone = Visitor(host, HTTP_X_FORWARDED_HOST="evil.example")
        apply(someone, email=f"nora-{number}@club.example", slug=f"padel-{number}x")
        assert link_in(letters(f"nora-{number}@club.example")[0]).startswith("http://localhost/sign-up/link/")
    assert Client(HTTP_HOST="evil.example").get("/sign-up/").status_code == 404


def test_another_letter_can_be_had_and_the_links_of_both_work(stranger: Visitor) -> None:
    page = apply(stranger)
    page = stranger.send(page, next(form for form in page.forms if form.method == "post"))
    assert "We have sent another one." in page.text
    second, first = letters()
    assert path_in(first) != path_in(second)
    assert press(stranger, path_in(first)).status_code == 302
    assert "Padel Nord is open" in stranger.open(path_in(second)).text


def test_letters_of_one_sign_up_come_to_an_end(stranger: Visitor) -> None:
    page = apply(stranger)
    again = next(form for form in page.forms if form.method == "post")
    for _letter in range(signing.MOST_LETTERS - 1):
        page = stranger.send(page, again)
    assert "Send it again" not in page.text
    assert stranger.send(page, again).status == 410
    assert len(letters()) == signing.MOST_LETTERS


def test_what_was_typed_comes_back_to_be_changed(stranger: Visitor, plans: None) -> None:
    page = apply(stranger, plan="starter", currency="CHF", time_zone="Europe/Zurich")
    fields = stranger.open(page.link("again=")).form_with("slug").fields
    kept = {name: fields[name] for name in ("name", "slug", "email", "plan", "currency", "time_zone")}
    assert kept == {
        "name": "Padel Nord", "slug": "padel-nord", "email": EMAIL, "plan": "starter", "currency": "CHF",
        "time_zone": "Europe/Zurich",
    }  # fmt: skip
    for wrong in ("nonsense", "00000000-0000-0000-0000-000000000001"):
        assert stranger.open(f"/sign-up/?again={wrong}").form_with("slug").fields["slug"] == ""


def test_used_link_leads_to_the_sign_in_of_the_business(stranger: Visitor) -> None:
    _row, path = applied()
    press(stranger, path)
    page = Visitor(PLATFORM).open(path)
    assert page.link("/login/") == "http://padel-nord.localhost/login/"
    answer = Visitor(PLATFORM).client.get(path)
    token = answer.content.decode().partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    assert token == ""  # there is no form any more
    assert Tenant.objects.filter(slug="padel-nord").count() == 1


def test_link_that_is_too_old_asks_for_a_new_one_with_everything_kept(stranger: Visitor) -> None:
    row, path = applied()
    SignUpLink.objects.update(expires_at=F("expires_at") - timedelta(hours=24))
    page = stranger.open(path)
    assert (page.status, "This link is too old" in page.text) == (410, True)
    assert stranger.client.post(path, {**page.form_with("again").fields, "password": PASSWORD}).status_code == 410
    assert not Tenant.objects.filter(slug="padel-nord").exists()
    after = stranger.send(page, page.form_with("again"), "yes")
    assert after.path == f"/sign-up/sent/{row.pk}/"
    assert press(stranger, path_in(letters()[0])).status_code == 302


def test_address_that_was_taken_meanwhile_is_chosen_anew_on_the_spot(alpha: World, stranger: Visitor) -> None:
    _row, path = applied()
    _other, others = applied(email="olga@club.example")
    assert press(Visitor(PLATFORM), others).status_code == 302
    page = stranger.open(path)
    assert "Somebody else has taken padel-nord meanwhile." in page.text
    form = page.form_with("password")
    assert form.fields["slug"] == "padel-nord-venue"
    refused = press(stranger, path, slug="padel-nord")
    assert (refused.status_code, "This address is taken." in refused.content.decode()) == (400, True)
    assert SignUp.objects.get(email=EMAIL).used_at is None
    _owner, desk = arrive(press(stranger, path, slug="padel-sued"))
    assert desk.path == "/desk/setup/"
    assert SignUp.objects.get(email=EMAIL).slug == "padel-sued"


def test_address_that_is_taken_while_the_page_is_open_is_said_and_nothing_is_lost(stranger: Visitor) -> None:
    _row, path = applied()
    page = stranger.open(path)
    form = page.form_with("password")
    assert "slug" not in form.fields
    _other, others = applied(email="olga@club.example")
    press(Visitor(PLATFORM), others)
    after = stranger.send(page, form, password=PASSWORD)
    assert after.status == 400
    again = after.form_with("password")
    assert (again.fields["slug"], again.fields["password"]) == ("padel-nord-venue", PASSWORD)
    _owner, desk = arrive(stranger.client.post(path, again.fields))
    assert desk.path == "/desk/setup/"
    assert Tenant.objects.filter(slug__startswith="padel-nord").count() == 2


def test_weak_password_is_refused_and_nothing_is_made(stranger: Visitor) -> None:
    _row, path = applied()
    for weak in ("", "short", "password123"):
        answer = press(stranger, path, weak)
        assert answer.status_code == 400
        assert "form-action 'self' http://*.localhost" in answer["Content-Security-Policy"]
    assert not Tenant.objects.filter(slug="padel-nord").exists()
    assert SignUp.objects.get().used_at is None


def test_way_in_is_good_once_and_in_no_log_and_no_referrer(stranger: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    _row, path = applied()
    answer = press(stranger, path)
    assert answer["Referrer-Policy"] == "same-origin"  # another host hears nothing of where one comes from
    secret = answer["Location"].rstrip("/").rpartition("/")[2]
    _owner, desk = arrive(answer)
    assert desk.path == "/desk/setup/"
    way_in = "/" + answer["Location"].partition("://")[2].partition("/")[2]
    again = Client(HTTP_HOST="padel-nord.localhost").get(way_in)
    assert (again.status_code, dict(again.cookies).get("sessionid")) == (410, None)
    assert secret not in caplog.text
    assert path.split("/")[-2] not in caplog.text
    with tenant_context(Tenant.objects.get(slug="padel-nord")):
        link = MailedLink.objects.get()
        assert (link.purpose, secret not in link.digest) == ("arrival", True)


def test_way_in_is_not_used_by_who_only_asks_whether_it_is_there_and_ends_after_two_minutes(stranger: Visitor) -> None:
    _row, path = applied()
    way_in = "/" + press(stranger, path)["Location"].partition("://")[2].partition("/")[2]
    client = Client(HTTP_HOST="padel-nord.localhost")
    assert "sessionid" not in client.head(way_in).cookies
    with tenant_context(Tenant.objects.get(slug="padel-nord")):
        MailedLink.objects.update(expires_at=F("expires_at") - timedelta(minutes=2))
    assert client.get(way_in).status_code == 410


def test_one_address_may_open_several_businesses_and_the_answer_is_always_the_same(alpha: World) -> None:
    """Nobody learns who has a business: addresses are looked up nowhere."""
    answers = []
    for number, email in enumerate((EMAIL, EMAIL, f"owner@{alpha.canary}.example")):
        page = apply(Visitor(PLATFORM), email=email, slug=f"padel-{number}x")
        answers.append((page.status, page.text.replace(email, "X")))
    assert len(set(answers)) == 1
    for letter in letters():
        assert press(Visitor(PLATFORM), path_in(letter)).status_code == 302
    assert Tenant.objects.filter(slug__startswith="padel-").count() == 2


def test_letters_are_limited_by_address_and_by_place(settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "letter.caller": "2/900", "letter.address": "4/900"}

    def status(number: int, email: str) -> int:
        return apply(Visitor(PLATFORM), email=email, slug=f"padel-{number}x").status

    assert [status(number, EMAIL) for number in range(3)] == [200, 200, 429]
    assert [status(number, f"n{number}@club.example") for number in range(3, 6)] == [200, 200, 429]
    assert SignUp.objects.count() == 4


def test_hidden_field_keeps_programs_out(stranger: Visitor) -> None:
    assert apply(stranger, website="https://spam.example").status == 400
    assert not SignUp.objects.exists()


def test_form_without_its_token_is_refused() -> None:
    client = Client(HTTP_HOST=PLATFORM, enforce_csrf_checks=True)
    assert client.post("/sign-up/", TYPED).status_code == 403
    assert not SignUp.objects.exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": " "}, "This field is required."),
        ({"email": "nora"}, "Enter a valid email address."),
        ({"time_zone": "Middle-earth"}, "Use a time zone such as Europe/Berlin."),
        ({"currency": "XXX"}, "Select a valid choice."),
        ({"plan": "platinum"}, "Select a valid choice."),
        ({"terms": ""}, "Please agree to the terms."),
        ({"slug": "Padel Nord"}, "How about padel-nord?"),
    ],
)
def test_mistakes_are_said_and_nothing_that_was_typed_is_lost(
    stranger: Visitor, plans: None, changes: dict[str, str], said: str
) -> None:
    page = apply(stranger, **{"plan": "starter", **changes})
    assert (page.status, said in page.text) == (400, True)
    fields = page.form_with("slug").fields
    kept = {**TYPED, **changes}
    assert {name: fields[name] for name in ("name", "slug", "email", "time_zone")} == {
        name: kept[name] for name in ("name", "slug", "email", "time_zone")
    }
    assert not SignUp.objects.exists()


def test_town_alone_is_a_time_zone_and_an_empty_address_is_suggested(stranger: Visitor) -> None:
    page = apply(stranger, slug="", time_zone="berlin", name="Tennisclub Grünwald e.V.")
    assert "Choose an address; we have put one here." in page.text
    fields = page.form_with("slug").fields
    assert fields["slug"] == "tennisclub-gruenwald-e-v"
    page = stranger.send(page, page.form_with("slug"), terms="on")
    assert page.path.startswith("/sign-up/sent/")
    row = SignUp.objects.get()
    assert (row.slug, row.time_zone) == ("tennisclub-gruenwald-e-v", "Europe/Berlin")


@pytest.mark.parametrize(
    ("language", "zone", "currency"),
    [
        ("de-DE", "Europe/Berlin", "EUR"),
        ("de-CH", "Europe/Zurich", "CHF"),
        ("en-US", "America/New_York", "USD"),
        ("ja-JP", "Asia/Tokyo", "JPY"),
        ("en", "Europe/Berlin", "EUR"),
    ],
)
def test_zone_and_currency_are_guessed_from_the_browser(
    platform: None, language: str, zone: str, currency: str
) -> None:
    fields = Visitor(PLATFORM, HTTP_ACCEPT_LANGUAGE=language).open("/sign-up/?lang=en").form_with("slug").fields
    assert (fields["time_zone"], fields["currency"]) == (zone, currency)


def test_whoever_signs_up_in_german_has_a_german_letter_and_a_german_desk() -> None:
    someone = Visitor(PLATFORM)
    page = someone.open("/sign-up/?lang=de")
    someone.send(page, page.form_with("slug"), **TYPED)
    [letter] = letters()
    assert letter.language == "de"
    answer = press(someone, path_in(letter))
    owner, desk = arrive(answer)
    assert '<html lang="de"' in desk.html
    with tenant_context(Tenant.objects.get(slug="padel-nord")):
        assert User.objects.get().language == "de"
    assert '<html lang="de"' in owner.open("/desk/").html


def test_closed_sign_up_says_whom_to_ask_and_takes_nobody(stranger: Visitor, settings: Any) -> None:
    page = stranger.open("/sign-up/")
    settings.SIGN_UP, settings.PLATFORM_EMAIL = "closed", "hello@forecourt.example"
    closed = stranger.open("/sign-up/")
    assert (closed.status, "hello@forecourt.example" in closed.text) == (403, True)
    assert stranger.send(page, page.form_with("slug"), **TYPED).status == 403
    assert not SignUp.objects.exists()


def test_links_that_nobody_mailed_lead_nowhere(stranger: Visitor) -> None:
    _row, path = applied()
    for wrong in ("/sign-up/link/nonsense/", f"{path[:-2]}x/", "/sign-up/sent/00000000-0000-0000-0000-000000000001/"):
        assert stranger.open(wrong).status == 404


def test_sign_ups_are_deleted_after_thirty_days_and_what_was_agreed_to_stays(stranger: Visitor) -> None:
    _row, path = applied()
    press(stranger, path)
    applied(email="olga@club.example", slug="squash-ost")
    SignUp.objects.filter(email=EMAIL).update(made_at=database_now() - timedelta(days=30, seconds=1))
    clean_platform()
    assert list(SignUp.objects.values_list("email", flat=True)) == ["olga@club.example"]
    assert SignUpLink.objects.count() == 1
    assert TermsAgreement.objects.get().email == EMAIL
    assert [each.email for each in signing.sign_ups(waiting=True)] == ["olga@club.example"]


def test_letter_of_a_bounced_address_touches_no_tenant(stranger: Visitor) -> None:
    """What tenants keep of letters lies in their schemas; `public` has no such tables."""
    apply(stranger)
    [letter] = letters()
    OutgoingMail.objects.filter(pk=letter.pk).update(state="sent")
    mail.told(letter.key, OutgoingMail.State.BOUNCED, "")
