"""Extras, services, questions, limits and codes, as they are written."""

from collections.abc import Callable

import pytest
from django_tenants.utils import tenant_context

from tests.flows.pages import Visitor
from tests.worlds import World
from venues.models import CustomField, ExtraOffer, Product, Quota, Rate, Resource

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


def test_extra_is_made_kept_in_stock_and_offered(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open("/desk/extras/new/")
    page = owner.send(page, page.form_with("stock"), name="Racket", stock="12", venue=str(alpha.venue), is_active="on")
    assert "no price yet" in page.text
    with tenant_context(alpha.tenant):
        racket = Product.objects.select_related("stock").get(name="Racket")
        assert racket.stock is not None
        assert (racket.kind, racket.slug, racket.stock.units, racket.stock.venue_id) == (
            "extra",
            "racket",
            12,
            alpha.venue,
        )
    form = page.form("/offers/")
    form.fields.pop("is_required")
    page = owner.send(page, form, resource=str(alpha.court_1), least="1", most="4")
    with tenant_context(alpha.tenant):
        offer = ExtraOffer.objects.get()
        assert (offer.resource_id, offer.extra_id, offer.least, offer.most, offer.is_required) == (
            alpha.court_1, racket.pk, 1, 4, False,
        )  # fmt: skip
    page = owner.open(f"/desk/resources/{alpha.court_1}/extras/")
    owner.send(page, page.form("/remove/"))
    with tenant_context(alpha.tenant):
        assert not ExtraOffer.objects.exists()


def test_service_is_made_and_asks(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open("/desk/services/new/")
    page = owner.send(
        page, page.form_with("duration_minutes"), name="Doubles", duration_minutes="1:30", is_active="on",
        resources=[str(alpha.court_1), str(alpha.court_2)],
    )  # fmt: skip
    with tenant_context(alpha.tenant):
        service = Product.objects.get(name="Doubles")
        assert (service.duration_minutes, sorted(service.resources.values_list("pk", flat=True))) == (
            90, [alpha.court_1, alpha.court_2],
        )  # fmt: skip
    form = page.form("/questions/")
    form.fields.pop("is_required")
    wrong = owner.send(page, form, label="Size?", kind="choice", choices="", is_active="on")
    assert (wrong.status, "Give the entries of the list" in wrong.text) == (400, True)
    owner.send(page, form, label="Size?", kind="choice", choices="S\nM\n\nL", is_active="on")
    with tenant_context(alpha.tenant):
        question = CustomField.objects.get()
        assert (question.product_id, question.choices, question.is_required) == (service.pk, ["S", "M", "L"], False)
    page = owner.open(f"/desk/questions/{question.pk}/")
    form = page.form_with("label")
    form.fields.pop("is_required")
    owner.send(page, form, label="What size?")
    with tenant_context(alpha.tenant):
        question.refresh_from_db()
    assert (question.label, question.choices) == ("What size?", ["S", "M", "L"])


def test_limit_is_set_changed_and_goes(alpha: World, visitor: Come) -> None:
    manager = visitor("manager")
    page = manager.open(f"/desk/venues/{alpha.venue}/limits/")
    page = manager.send(
        page, page.form_with("measure"), most="2", measure="bookings", span="week", weekdays=["0", "1"],
        from_time="17:00", until_time="21:00", resource="", kind="", group="",
    )  # fmt: skip
    with tenant_context(alpha.tenant):
        quota = Quota.objects.get()
        assert (quota.venue_id, quota.most, quota.span, quota.weekdays, f"{quota.from_time:%H:%M}") == (
            alpha.venue, 2, "week", [0, 1], "17:00",
        )  # fmt: skip
    page = manager.open(f"/desk/limits/{quota.pk}/")
    half = manager.send(page, page.form_with("measure"), until_time="")
    assert (half.status, half.text.count("Give both times, or neither for the whole day.")) == (400, 2)
    refused = manager.send(page, page.form_with("measure"), most="3", until_time="16:00")
    assert (refused.status, refused.form_with("measure").fields["most"]) == (400, "3")
    with tenant_context(alpha.tenant):
        quota.refresh_from_db()
        assert quota.most == 2
    page = manager.send(page, page.form_with("measure"), most="3", weekdays=["5"])
    with tenant_context(alpha.tenant):
        quota = Quota.objects.get()
        assert (quota.most, quota.span, quota.weekdays, f"{quota.from_time:%H:%M}") == (3, "week", [5], "17:00")
    manager.send(page, page.form("/remove/"))
    with tenant_context(alpha.tenant):
        assert not Quota.objects.exists()


def test_codes_lead_to_the_pages(alpha: World, visitor: Come) -> None:
    page = visitor("manager").open(f"/desk/venues/{alpha.venue}/codes/")
    assert page.html.count("<svg") >= 7
    assert f"http://{alpha.host}/venues/main/court-1/" in page.text
    assert f"http://{alpha.host}/venues/annex" not in page.text


def test_codes_come_fifty_at_a_time_and_none_is_left_out(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        first = Resource.objects.get(pk=alpha.court_1)
        made = Resource.objects.bulk_create(
            Resource(venue=first.venue, name=f"Lane {number}", slug=f"lane-{number}", position=100 + number)
            for number in range(60)
        )
        Rate.objects.bulk_create(Rate(resource=row, amount_minor=100) for row in made)
    manager = visitor("manager")
    pages = [manager.open(f"/desk/venues/{alpha.venue}/codes/?page={number}") for number in (1, 2)]
    assert "Page 1 of 2" in pages[0].text
    assert ("lane-0/" in pages[0].text, "lane-59/" in pages[0].text, "lane-59/" in pages[1].text) == (True, False, True)
