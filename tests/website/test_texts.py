"""What businesses agree to is kept word for word; owners are asked again where it changes, and nobody is locked out."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from operators.panel import facts
from schemas.clock import database_now
from tenants import hosts
from tenants.models import Tenant
from tests.flows.pages import Visitor
from tests.website.applying import EMAIL, PLATFORM, applied, press
from tests.worlds import PASSWORD, World
from website import agreeing, legal, texts
from website.models import AgreedText, SignUp, TermsAgreement

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "platform" / "website" / "texts"
AGREED = ("terms", "processing", "measures", "processors")
VERSION, DIGEST = "2026-11-22", "f6ef4050d28c154031e5fdf12f61fb5581c920a4ee218f9fe111466c36d6a6d8"
"""The version, and what the words of its templates come to."""
BEFORE = datetime(2026, 1, 2, 10, 0, tzinfo=UTC)
PAGE = "/desk/settings/agreement/"


def agreed_before(world: World, version: str = "2026-01-01") -> TermsAgreement:
    """An agreement to an earlier version."""
    row = TermsAgreement.objects.create(
        tenant=world.tenant, version=version, email=EMAIL, language="en", texts=["0" * 64], agreed_at=BEFORE
    )
    hosts.forget()
    return row


def desk(world: World, role: str = "owner") -> Visitor:
    """Somebody of the team, signed in."""
    someone = Visitor(world.host)
    someone.sign_in(f"{role}@{world.canary}.example", PASSWORD)
    return someone


def test_whoever_changes_the_texts_changes_their_version() -> None:
    """The privacy page informs, and is not agreed to: it may change by itself."""
    words = "".join((TEMPLATES / f"{name}.html").read_text() for name in AGREED)
    now = (legal.VERSION, hashlib.sha256(words.encode()).hexdigest())
    assert now == (VERSION, DIGEST), "Owners have to agree anew: change legal.VERSION, and what stands here."


@pytest.mark.usefixtures("platform")
def test_sign_up_keeps_what_was_shown_and_the_business_keeps_which() -> None:
    sign_up, path = applied()
    kept = {row.name: row for row in AgreedText.objects.all()}
    assert set(kept) == {"terms", "processing", "privacy"}
    assert sign_up.texts == [kept[name].digest for name in ("terms", "processing", "privacy")]
    for name, row in kept.items():
        assert (row.version, row.language, row.text) == ("2026-11-22", "en", texts.read(name))
        assert row.digest == hashlib.sha256(row.text.encode()).hexdigest()
        assert "<" not in row.text
    assert kept["processing"].text.startswith("Processing agreement\nVersion of ")
    press(Visitor(PLATFORM), path)
    agreement = TermsAgreement.objects.get()
    assert (agreement.version, agreement.email, agreement.language) == ("2026-11-22", EMAIL, "en")
    assert (agreement.texts, agreement.agreed_at) == (sign_up.texts, sign_up.made_at)


@pytest.mark.usefixtures("platform")
def test_texts_are_kept_once_for_each_digest_and_as_they_were() -> None:
    first, _path = applied()
    second, _path = applied(email="mia@club.example", slug="padel-sued")
    assert first.texts == second.texts
    assert AgreedText.objects.count() == 3
    row = AgreedText.objects.get(name="terms")
    page = Visitor(PLATFORM).open(f"/texts/{row.digest}/")
    assert "You can export everything at any time." in page.text
    assert row.digest in page.text
    assert Client(HTTP_HOST=PLATFORM).get(f"/texts/{'0' * 64}/").status_code == 404


@pytest.mark.usefixtures("platform")
def test_other_settings_are_other_texts_of_the_same_version(settings: Any) -> None:
    first, _path = applied()
    settings.DATA_LOCATION = "Frankfurt am Main, Germany"
    second, _path = applied(email="mia@club.example", slug="padel-sued")
    assert [a == b for a, b in zip(first.texts, second.texts, strict=True)] == [True, False, False]
    assert SignUp.objects.values_list("terms", flat=True).distinct().get() == "2026-11-22"
    assert "All data lie in: Frankfurt am Main, Germany." in AgreedText.objects.get(digest=second.texts[2]).text


@pytest.mark.usefixtures("platform")
def test_postgresql_lets_nobody_change_what_was_agreed(alpha: World) -> None:
    applied()
    agreed_before(alpha)
    acts = [
        lambda: AgreedText.objects.update(text="something else"),
        lambda: AgreedText.objects.all().delete(),
        lambda: TermsAgreement.objects.update(version="2027-01-01"),
    ]
    for act in acts:
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
    assert AgreedText.objects.count() == 3
    assert TermsAgreement.objects.get().version == "2026-01-01"


def test_owners_are_asked_on_every_page_until_one_agrees_and_nobody_else_is(alpha: World, beta: World) -> None:
    agreed_before(alpha)
    owner = desk(alpha)
    assert 'id="terms-due"' in owner.open("/desk/").html
    assert 'id="terms-due"' not in desk(alpha, "manager").open("/desk/").html
    assert 'id="terms-due"' not in desk(beta).open("/desk/").html
    assert Client(HTTP_HOST=alpha.host).get("/").status_code == 200
    page = owner.open(PAGE)
    assert "by nora@club.example" in page.text
    done = owner.send(page, page.form_with("version"))
    assert "Your business has agreed to it." in done.text
    assert 'id="terms-due"' not in done.html
    row = TermsAgreement.objects.get(version=legal.VERSION)
    assert (row.tenant_id, row.email, row.language) == (alpha.tenant.pk, f"owner@{alpha.canary}.example", "en")
    assert set(row.texts) == set(AgreedText.objects.values_list("digest", flat=True))
    assert not TermsAgreement.objects.filter(tenant=beta.tenant).exists()
    links = [href for href, _given in done.links if "/texts/" in href]
    assert links == [f"http://localhost/texts/{digest}/" for digest in row.texts]


def test_another_version_than_the_one_of_now_is_refused_and_nothing_is_noted(alpha: World) -> None:
    agreed_before(alpha)
    owner = desk(alpha)
    page = owner.open(PAGE)
    answer = owner.client.post(PAGE, {**page.form_with("version").fields, "version": "2025-01-01"})
    assert answer.status_code == 409
    assert "There is a newer version by now." in answer.content.decode()
    assert list(TermsAgreement.objects.values_list("version", flat=True)) == ["2026-01-01"]
    assert not AgreedText.objects.exists()


def test_agreeing_twice_is_one_agreement(alpha: World) -> None:
    agreed_before(alpha)
    owner = desk(alpha)
    page = owner.open(PAGE)
    for _time in range(2):
        owner.client.post(PAGE, page.form_with("version").fields)
    assert TermsAgreement.objects.filter(tenant=alpha.tenant, version=legal.VERSION).count() == 1


def test_managers_do_not_agree_for_the_business(alpha: World) -> None:
    agreed_before(alpha)
    manager = desk(alpha, "manager")
    assert manager.client.get(PAGE).status_code == 403
    assert manager.client.post(PAGE, {"version": legal.VERSION}).status_code == 403
    assert TermsAgreement.objects.count() == 1


def test_a_business_that_was_never_asked_is_not_nagged_but_may_agree(alpha: World) -> None:
    owner = desk(alpha)
    assert 'id="terms-due"' not in owner.open("/desk/").html
    page = owner.open(PAGE)
    assert "this business was not opened by signing up" in page.text
    owner.send(page, page.form_with("version"))
    assert agreeing.of(alpha.tenant).get().version == legal.VERSION


@pytest.mark.usefixtures("platform")
def test_who_helps_us_is_made_of_settings(settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = settings.TWILIO_ACCOUNT_SID = settings.SENTRY_DSN = ""
    settings.MAIL_PROVIDER, settings.PLATFORM_PROCESSORS = "files", ""

    def named() -> list[str]:
        html = Client(HTTP_HOST=PLATFORM).get("/subprocessors/").content.decode()
        return [part.partition("</dt>")[0].partition(">")[2] for part in html.split("<dt")[1:]]

    assert named() == []
    settings.STRIPE_SECRET_KEY, settings.TWILIO_ACCOUNT_SID = "sk_test_x", "AC1"
    settings.SENTRY_DSN, settings.MAIL_PROVIDER = "https://key@errors.example/1", "postmark"
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = "https://traces.example:4318"
    settings.PLATFORM_PROCESSORS = "Post AG: letters on paper|Tax Ltd"
    assert named() == [
        "Stripe Payments Europe, Ltd.",
        "ActiveCampaign, LLC (Postmark)",
        "Twilio Inc.",
        "errors.example",
        "traces.example",
        "Post AG: letters on paper",
        "Tax Ltd",
    ]


def test_operators_see_which_version_a_business_has_agreed_to(alpha: World, beta: World) -> None:
    agreed_before(alpha)

    def told(world: World) -> tuple[str, str]:
        tenant = Tenant.objects.get(pk=world.tenant.pk)
        tenant.now = database_now()
        fact = dict(facts._plan(tenant).lines)["Agreement"]
        return fact.text, fact.tone

    assert told(alpha) == ("2026-01-01 · 2026-01-02 · nora@club.example", "warning")
    assert told(beta) == ("never", "neutral")
