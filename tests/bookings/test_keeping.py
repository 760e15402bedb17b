"""Files of the team: kinds by their bytes, names without paths, counted, and another booking's is not there."""

import pytest

from accounts.models import User
from bookings import keeping
from bookings.keeping import Brought
from bookings.models import Booking, BookingChange, BookingFile
from bookings.records import Actor
from kernel.errors import Invalid, NotFound, Refused
from tests.bookings.scenes import confirmed, slot
from tests.bookings.test_query_counts import counting
from tests.worlds import World

PDF = b"%PDF-1.7\n..."
PNG = b"\x89PNG\r\n\x1a\n...."
JPG = b"\xff\xd8\xff\xe0...."


@pytest.fixture
def by(in_alpha: World) -> User:
    """Somebody of the front desk."""
    return User.objects.get(pk=in_alpha.users["front_desk"])


@pytest.fixture
def booking(in_alpha: World, by: User) -> Booking:
    """A confirmed booking."""
    return confirmed(in_alpha.court_2, slot(18), Actor.of(by))


@pytest.mark.parametrize(
    ("name", "content", "kept", "kind"),
    [
        ("contract.pdf", PDF, "contract.pdf", "pdf"),
        ("damage.PNG", PNG, "damage.PNG", "png"),
        ("a.jpeg", JPG, "a.jpeg", "jpg"),
        ("notes.txt", "Grüße\r\n".encode(), "notes.txt", "txt"),
        ("../../etc/contract.pdf", PDF, "contract.pdf", "pdf"),
        ("C:\\temp\\a b.pdf", PDF, "a b.pdf", "pdf"),
        ("..hidden.pdf", PDF, "hidden.pdf", "pdf"),
        ('a"\r\nX-Evil: 1.pdf', PDF, "aX-Evil 1.pdf", "pdf"),
        ("\u202efdp.pdf", PDF, "fdp.pdf", "pdf"),
        (f"{'x' * 300}.pdf", PDF, f"{'x' * 116}.pdf", "pdf"),
    ],
)
def test_what_is_kept_and_under_which_name(
    booking: Booking, by: User, name: str, content: bytes, kept: str, kind: str
) -> None:
    made = keeping.keep(booking, Brought(name, content), by)
    found = keeping.file_of(booking, made.pk)
    assert (found.name, found.kind, found.size, bytes(found.content)) == (kept, kind, len(content), content)
    assert found.added_by == by


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("page.html", b"<html><script>alert(1)</script></html>", "file_kind"),
        ("page.txt", b"  <script>alert(1)</script>", "file_kind"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "file_kind"),
        ("drawing.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "file_kind"),
        ("contract.html", PDF, "file_kind"),
        ("photo.pdf", PNG, "file_kind"),
        ("program.txt", b"MZ\x00\x01", "file_kind"),
        ("latin.txt", b"Gr\xfc\xdfe", "file_kind"),
        ("noending", PDF, "file_kind"),
        ("empty.pdf", b"", "file_empty"),
        ("large.pdf", PDF + b"." * 8_000_000, "file_too_large"),
    ],
)
def test_what_is_not_kept(booking: Booking, by: User, name: str, content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        keeping.keep(booking, Brought(name, content), by)
    assert refused.value.code == code
    assert BookingFile.objects.count() == 0


def test_there_are_only_so_many(booking: Booking, by: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        keeping.keep(booking, Brought(f"{number}.pdf", PDF), by)
    with pytest.raises(Refused) as refused:
        keeping.keep(booking, Brought("more.pdf", PDF), by)
    assert refused.value.code == "too_many_files"
    keeping.remove(booking, keeping.files_of(booking)[0].pk, by)
    monkeypatch.setattr(keeping, "MOST_OF_TENANT", 20 * len(PDF) - 1)
    with pytest.raises(Refused):
        keeping.keep(booking, Brought("more.pdf", PDF), by)
    assert BookingFile.objects.count() == 19


def test_removed_for_good_once_and_the_record_says_how_many_there_were(booking: Booking, by: User) -> None:
    made = keeping.keep(booking, Brought("a.pdf", PDF), by)
    keeping.remove(booking, made.pk, by)
    with pytest.raises(NotFound):
        keeping.remove(booking, made.pk, by)
    assert BookingFile.objects.count() == 0
    changes = BookingChange.objects.filter(event__booking=booking, field="files")
    assert list(changes.values_list("before", "after", "event__actor_id")) == [("1", "0", by.pk)]


def test_another_bookings_file_is_not_there(in_alpha: World, booking: Booking, by: User) -> None:
    other = confirmed(in_alpha.court_2, slot(20), Actor.of(by))
    made = keeping.keep(other, Brought("a.pdf", PDF), by)
    with pytest.raises(NotFound):
        keeping.file_of(booking, made.pk)
    with pytest.raises(NotFound):
        keeping.remove(booking, made.pk, by)
    assert BookingFile.objects.count() == 1


def test_listing_reads_no_content(booking: Booking, by: User) -> None:
    keeping.keep(booking, Brought("a.pdf", PDF), by)
    with counting() as asked:
        list(keeping.files_of(booking))
    assert len(asked) == 1
    assert "content" not in asked[0]
