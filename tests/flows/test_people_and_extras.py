"""Number of people, their names, extras, answers and wishes of a booking that stands, by links and forms."""

from collections.abc import Callable

import pytest
from django_tenants.utils import tenant_context

from bookings.models import Answer, BookingExtra, Participant
from tests.bookings.changing import extra
from tests.flows.managing import Theirs
from tests.flows.pages import Page, Visitor
from tests.worlds import World
from venues.models import CustomField, Product, Rate

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


def per_person(theirs: Theirs) -> None:
    """From now on it costs 10.00 for each person."""
    with tenant_context(theirs.alpha.tenant):
        Rate.objects.filter(resource=theirs.place).update(unit=Rate.Unit.PERSON, amount_minor=1000)


def names(theirs: Theirs) -> list[tuple[str, str]]:
    """The list of participants."""
    with tenant_context(theirs.alpha.tenant):
        found = Participant.objects.filter(booking=theirs.booking).order_by("pk")
        return list(found.values_list("name", "email"))


def test_one_more_person_costs_what_was_shown(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor(), "paid")
    per_person(theirs)
    page = theirs.open("people/", people=4)
    before = theirs.rows()
    assert "It gets €10.00 cheaper." in page.text
    assert "The venue pays €10.00 back to you." in page.text
    assert theirs.rows() == before
    theirs.someone.send(page, page.form_with("shown"))
    now = theirs.now()
    assert (now.participants, now.total_minor, now.refund_due_minor) == (4, 4000, 1000)


def test_more_people_than_there_is_room_for_are_refused(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor())
    before = theirs.rows()
    page = theirs.open("people/", people=5)
    assert page.status == 400
    assert "more people than there is room for" in page.text
    assert "shown" not in page.form_with("people").fields
    assert theirs.rows() == before


def test_people_at_another_price_meanwhile_are_shown_anew(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor())
    per_person(theirs)
    page = theirs.open("people/", people=3)
    with tenant_context(alpha.tenant):
        Rate.objects.filter(resource=theirs.place).update(amount_minor=3000)
    before = theirs.rows()
    anew = theirs.someone.send(page, page.form_with("shown"))
    assert (anew.status, "It gets €40.00 dearer." in anew.text) == (409, True)
    assert theirs.rows() == before


def test_names_are_kept_changed_and_taken_off(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor())
    page = theirs.open("people/")
    typed = {"0-name": "Ann", "0-email": "ann@example.org", "1-name": "Ben"}
    page = theirs.someone.send(page, page.form_with("0-name"), **typed)
    assert "The list is kept." in page.text
    assert names(theirs) == [("Ann", "ann@example.org"), ("Ben", "")]
    page = theirs.someone.send(page, page.form_with("0-name"), **{"0-name": "", "0-email": ""})
    assert names(theirs) == [("Ben", "")]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"0-name": "Ann", "0-email": "nonsense"}, "valid email address"),
        ({"0-email": "ann@example.org"}, "Please say whose address this is."),
        ({"rows": "3", "0-name": "A", "1-name": "B", "2-name": "C"}, "This booking is for 2 people."),
    ],
)
def test_list_with_a_mistake_says_so_and_keeps_what_was_there(
    alpha: World, visitor: Come, typed: dict[str, str], said: str
) -> None:
    theirs = Theirs(alpha, visitor())
    page = theirs.open("people/")
    before = theirs.rows()
    wrong = theirs.someone.send(page, page.form_with("0-name"), **typed)
    assert wrong.status == 400
    assert said in wrong.text
    assert theirs.rows() == before


def furnished(theirs: Theirs) -> tuple[Product, CustomField]:
    """The court offers a racket for 5.00, and asks something."""
    with tenant_context(theirs.alpha.tenant):
        field = CustomField.objects.create(resource=theirs.place, label="Shoes", kind="text", is_required=False)
        return extra("Racket", theirs.place, 500, stock=3), field


def chosen(theirs: Theirs, page: Page, **typed: str) -> Page:
    """Send the form of the extras by the button that shows what it costs."""
    return theirs.someone.send(page, page.form_with("notes"), **typed)


def test_extras_are_shown_with_their_price_and_then_kept(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor())
    racket, field = furnished(theirs)
    before = theirs.rows()
    typed = {f"extra_{racket.pk}": "2", f"answer_{field.pk}": "Clean ones"}
    page = chosen(theirs, theirs.open("extras/"), **typed)
    assert "It gets €10.00 dearer." in page.text
    assert theirs.rows() == before
    done, again = (theirs.someone.send(page, page.form_with("shown"), "1") for _click in range(2))
    now = theirs.now()
    assert (done.path, again.path, now.total_minor, now.revision) == (theirs.base, theirs.base, 6000, 1)
    with tenant_context(alpha.tenant):
        assert list(BookingExtra.objects.values_list("product", "quantity")) == [(racket.pk, 2)]
        assert Answer.objects.get().value == "Clean ones"


def test_what_changes_no_money_is_kept_at_once(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor())
    _racket, field = furnished(theirs)
    done = chosen(theirs, theirs.open("extras/"), notes="Late", **{f"answer_{field.pk}": "Yes"})
    assert "Your changes are kept." in done.text
    assert (theirs.now().notes, theirs.now().total_minor) == ("Late", 5000)


def test_extras_that_are_gone_meanwhile_are_refused_at_their_field(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor())
    racket, _field = furnished(theirs)
    page = chosen(theirs, theirs.open("extras/"), **{f"extra_{racket.pk}": "2"})
    with tenant_context(alpha.tenant):
        assert racket.stock is not None
        racket.stock.units = 1
        racket.stock.save()
    before = theirs.rows()
    refused = theirs.someone.send(page, page.form_with("shown"), "1")
    assert refused.status == 400
    assert "there are only 1 left" in refused.text
    assert theirs.rows() == before


def test_extras_at_another_price_meanwhile_are_shown_anew(alpha: World, visitor: Come) -> None:
    theirs = Theirs(alpha, visitor())
    racket, _field = furnished(theirs)
    page = chosen(theirs, theirs.open("extras/"), **{f"extra_{racket.pk}": "1"})
    with tenant_context(alpha.tenant):
        Rate.objects.filter(product=racket).update(amount_minor=700)
    before = theirs.rows()
    anew = theirs.someone.send(page, page.form_with("shown"), "1")
    assert (anew.status, "It gets €7.00 dearer." in anew.text) == (409, True)
    assert theirs.rows() == before
