"""The page of the archive: only owners who signed in lately, one at a time, for a week, and never the file by mail."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django_tenants.utils import tenant_context

from accounts.models import Role, User
from bookings.models import Look
from desk.everything import shelf, working
from desk.models import Archive, ArchiveChunk, ArchiveEntry, Change
from schemas.clock import database_now
from tenants import cleaning
from tenants.models import DueWork, OutgoingMail
from tests.desk.everything.scenes import opened
from tests.flows.pages import Page, Visitor
from tests.worlds import PASSWORD, World

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
PAGE, FILE, DELETE = (f"/desk/settings/everything/{path}" for path in ("", "archive.zip", "delete/"))
HTMX = {"HX-Request": "true"}


def ask(someone: Visitor) -> Page:
    """Press the button."""
    page = someone.open(PAGE)
    return someone.send(page, page.form("/everything/"))


def worked(world: World) -> None:
    """What the clock does."""
    with tenant_context(world.tenant):
        for pk in Archive.objects.filter(state=Archive.State.WORKING).values_list("pk", flat=True):
            working.work(str(pk))


def archives(world: World) -> list[tuple[int, str]]:
    """Whose there are, and how they stand."""
    with tenant_context(world.tenant):
        return list(Archive.objects.order_by("pk").values_list("asked_by_id", "state"))


def long_ago(world: World, someone: Visitor) -> None:
    """Have somebody's sign-in be sixteen minutes old."""
    with tenant_context(world.tenant):
        session: Any = someone.client.session
        session["signed_in_at"] = (database_now() - timedelta(minutes=16)).isoformat()
        session.save()


def post(someone: Visitor, path: str) -> Any:
    """Send an empty form, as a page would."""
    token = someone.client.cookies["csrftoken"].value
    return someone.client.post(path, {"csrfmiddlewaretoken": token})


@pytest.fixture
def second_owner(alpha: World) -> Callable[[], Visitor]:
    """Somebody else who owns the business as well."""

    def come() -> Visitor:
        with tenant_context(alpha.tenant):
            other = User.objects.create_user("second@example.org", name="Second Owner", role=Role.OWNER)
            other.set_password(PASSWORD)
            other.save()
        someone = Visitor(alpha.host)
        assert someone.sign_in("second@example.org", PASSWORD).status == 200
        return someone

    return come


def test_owner_asks_leaves_and_downloads(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    assert "Put everything together" in owner.open(PAGE).text
    page = ask(owner)
    assert "It is being put together" in page.text
    assert "HX-Refresh" not in owner.client.get(PAGE, headers=HTMX)
    assert owner.client.get(FILE).status_code == 404
    worked(alpha)
    assert owner.client.get(PAGE, headers=HTMX)["HX-Refresh"] == "true"
    page = owner.open(PAGE)
    assert "Your file is ready" in page.text
    answer = owner.client.get(page.link("archive.zip"))
    told = b"".join(answer)
    with tenant_context(alpha.tenant):
        archive = Archive.objects.get()
        whole = b"".join(bytes(each) for each in archive.pieces.order_by("number").values_list("content", flat=True))
        with opened(archive) as file:
            assert file.testzip() is None
            assert any(alpha.canary.encode() in file.read(name) for name in file.namelist())
    assert told == whole
    assert answer["Content-Length"] == str(len(whole))
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"] == f'attachment; filename="alpha-sports-{archive.asked_at:%Y-%m-%d}.zip"'
    assert "no-store" in answer["Cache-Control"]


def test_letter_leads_to_the_page_and_has_no_file(alpha: World, visitor: Come) -> None:
    ask(visitor("owner"))
    worked(alpha)
    [letter] = OutgoingMail.objects.filter(key__startswith="archive:")
    assert letter.to == f"owner@{alpha.canary}.example"
    assert letter.subject == f"Everything of {alpha.tenant.name} is ready"
    assert f"/{PAGE.strip('/')}/\n" in f"{letter.text}\n"
    assert "archive.zip" not in letter.text + letter.html
    assert letter.attachments == []


def test_asked_twice_is_one(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(PAGE)
    for _again in range(2):
        owner.send(page, page.form("/everything/"))
    assert archives(alpha) == [(alpha.users["owner"], "working")]
    worked(alpha)
    owner.send(page, page.form("/everything/"))
    assert archives(alpha) == [(alpha.users["owner"], "ready")]
    assert DueWork.objects.filter(kind=shelf.KIND).count() == 1


def test_asked_at_the_same_moment_is_one(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with tenant_context(alpha.tenant):
        owner = User.objects.get(pk=alpha.users["owner"])
        first = shelf.ask(owner)
        see, seen = shelf.own, iter([None])
        monkeypatch.setattr(shelf, "own", lambda user: next(seen, see(user)))
        assert shelf.ask(owner) == first
    assert archives(alpha) == [(alpha.users["owner"], "working")]


def test_one_is_made_at_a_time_and_each_owner_has_their_own(
    alpha: World, visitor: Come, second_owner: Callable[[], Visitor]
) -> None:
    owner, other = visitor("owner"), second_owner()
    offered = other.open(PAGE)
    ask(owner)
    assert "has asked for everything" in other.open(PAGE).text
    page = other.send(offered, offered.form("/everything/"))
    assert "Another owner's archive is being put together." in page.text
    assert archives(alpha) == [(alpha.users["owner"], "working")]
    worked(alpha)
    assert other.client.get(FILE).status_code == 404
    post(other, DELETE)
    assert archives(alpha) == [(alpha.users["owner"], "ready")]
    ask(other)
    worked(alpha)
    assert [state for _who, state in archives(alpha)] == ["ready", "ready"]
    assert b"".join(other.client.get(FILE)) != b"".join(owner.client.get(FILE))


def test_who_signed_in_long_ago_is_asked_to_sign_in_again(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    owner.open(PAGE)
    long_ago(alpha, owner)
    asked = post(owner, PAGE)
    assert (asked.status_code, asked["Location"]) == (302, "/login/?next=%2Fdesk%2Fsettings%2Feverything%2F")
    assert archives(alpha) == []
    owner = visitor("owner")
    ask(owner)
    worked(alpha)
    long_ago(alpha, owner)
    answer = owner.client.get(FILE)
    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=%2Fdesk%2Fsettings%2Feverything%2F")
    with tenant_context(alpha.tenant):
        assert Archive.objects.get().downloads == 0


def test_every_act_is_in_the_record(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    ask(owner)
    worked(alpha)
    b"".join(owner.client.get(FILE))
    post(owner, DELETE)
    with tenant_context(alpha.tenant):
        told = Change.objects.filter(thing="desk_archive").order_by("pk")
        found = list(told.values_list("act", "actor_id", "after"))
        assert Look.objects.filter(viewer_id=alpha.users["owner"], what=Look.What.EXPORT).count() == 1
    mine = alpha.users["owner"]
    assert found[0] == ("insert", mine, {"state": "working", "downloads": 0})
    assert ("update", mine, {"downloads": 1}) in found
    assert ("update", mine, {"state": "gone"}) in found
    assert [act for act, _who, _after in found][-1] == "delete"
    assert "Archive of everything" in owner.open("/desk/team/record/").text


def test_deleted_is_gone_at_once_with_all_of_it(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    ask(owner)
    worked(alpha)
    page = owner.open(PAGE)
    page = owner.send(page, page.form("/delete/"))
    assert "Deleted." in page.text
    assert "Put everything together" in page.text
    assert owner.client.get(FILE).status_code == 404
    with tenant_context(alpha.tenant):
        assert not Archive.objects.exists()
        assert not ArchiveChunk.objects.exists()
        assert not ArchiveEntry.objects.exists()


def test_after_a_week_it_is_gone(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    ask(owner)
    worked(alpha)
    with tenant_context(alpha.tenant):
        archive = Archive.objects.get()
        assert archive.ready_at is not None
        assert archive.expires_at - archive.ready_at == timedelta(days=7)
        cleaning.clean_tenant("")
        assert Archive.objects.count() == 1
        Archive.objects.update(expires_at=F("expires_at") - timedelta(days=7))
    assert owner.client.get(FILE).status_code == 404
    assert "Put everything together" in owner.open(PAGE).text
    with tenant_context(alpha.tenant):
        cleaning.clean_tenant("")
        assert not Archive.objects.exists()
        assert not ArchiveChunk.objects.exists()


def test_new_one_can_be_asked_for_where_the_old_one_is_over(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    ask(owner)
    with tenant_context(alpha.tenant):
        Archive.objects.update(expires_at=F("expires_at") - timedelta(days=8))
    ask(owner)
    assert archives(alpha) == [(alpha.users["owner"], "gone"), (alpha.users["owner"], "working")]


def test_archive_that_is_deleted_on_the_way_is_short(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    ask(owner)
    worked(alpha)
    answer = owner.client.get(FILE)
    post(owner, DELETE)
    with pytest.raises(ArchiveChunk.DoesNotExist):
        b"".join(answer)


def test_work_that_was_given_up_is_said_so(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    ask(owner)
    DueWork.objects.filter(kind=shelf.KIND).update(is_dead=True)
    assert owner.client.get(PAGE, headers=HTMX)["HX-Refresh"] == "true"
    page = owner.open(PAGE)
    assert "Something went wrong" in page.text
    owner.send(page, page.form("/delete/"))
    assert archives(alpha) == []
    assert not DueWork.objects.filter(kind=shelf.KIND).exists()


@pytest.mark.parametrize("who", ["manager", "front_desk", "accountant", "guest"])
def test_nobody_else_gets_anything(alpha: World, visitor: Come, who: str) -> None:
    ask(visitor("owner"))
    worked(alpha)
    before = archives(alpha)
    someone = visitor(who)
    assert someone.client.get(PAGE).status_code == 403
    assert post(someone, PAGE).status_code == 403
    assert someone.client.get(FILE).status_code == 403
    assert post(someone, DELETE).status_code == 403
    assert archives(alpha) == before


def test_page_costs_the_same_however_long_the_archive_is(
    alpha: World, visitor: Come, django_assert_max_num_queries: Any
) -> None:
    owner = visitor("owner")
    ask(owner)
    worked(alpha)
    with django_assert_max_num_queries(14):
        owner.open(PAGE)
