"""How a file comes: encodings, separators, ways to send it; who may; how it is stopped; a worker's death."""

import os
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from bookings.imports import bringing, reading, working
from bookings.models import Import, Imported, ImportRow
from kernel import failpoints
from kernel.errors import Invalid
from schemas.clock import database_now
from tenants import due
from tests.bookings.api.desk import AtHome, at_once
from tests.bookings.bulk.files import IMPORTS, Desk, csv
from tests.bookings.scenes import slot


@pytest.fixture
def desk(in_alpha):
    return Desk(AtHome(in_alpha))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_spreadsheets_csv_is_read(encoding, separator):
    content = f"Name{separator}E-Mail\r\nJürgen{separator}j@example.org\r\n\r\n".encode(encoding)
    found = reading.table(content, ["name", "e_mail"], ["name"])
    assert [(line.number, line.cells) for line in found.lines] == [(2, {"name": "Jürgen", "e_mail": "j@example.org"})]


@pytest.mark.parametrize(
    ("content", "row"),
    [(b'sep=;\r\nname;"a,b,c"\r\nAnn, B;x\r\n', 3), (b'"name";"a,b,c"\n"Ann, B";x\n', 2), (b"name;x\rAnn, B;y\r", 2)],
)
def test_the_separator_is_that_of_the_first_row_or_what_excel_says(content, row):
    found = reading.table(content, ["name"], ["name"])
    assert [(line.number, line.cells) for line in found.lines] == [(row, {"name": "Ann, B"})]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("name\nÄ\n".encode("utf-16"), "encoding_unknown"),
        (b"name\n\x00\n", "encoding_unknown"),
        (b"name\n\x81\xff\n", "encoding_unknown"),
        (b"name\n\x1b[2J\n", "encoding_unknown"),
        (b'name\n"open\n', "csv_invalid"),
        (b"name\na,b\n", "csv_invalid"),
        (b"name,name\na,b\n", "columns_twice"),
        (b"email\na@example.org\n", "columns_missing"),
        (b"", "columns_missing"),
        (b"name\n\n\n", "no_rows"),
        (b"name\n" + b"a\n" * 5001, "too_many_rows"),
        (b"a" * 5_000_001, "file_too_large"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_as_a_whole(content, code):
    with pytest.raises(Invalid) as refused:
        reading.table(content, ["name"], ["name"])
    assert refused.value.code == code


def test_a_file_comes_as_a_form_as_json_or_as_the_body(desk, in_alpha):
    content = b"email\nann@example.org\n"
    owner = desk.api("owner")
    form = {"kind": "customers", "file": SimpleUploadedFile("people.csv", content), "overrule": ["closed", "too_far"]}
    answers = [
        owner.post(IMPORTS, form, format="multipart"),
        owner.post(IMPORTS, {"kind": "customers", "content": content.decode()}),
        owner.post(f"{IMPORTS}?kind=customers&file_name=x.csv", content, content_type="text/csv"),
    ]
    assert [(each.status_code, each.json().get("file_name"), each.json().get("total")) for each in answers] == [
        (201, "people.csv", 1), (201, "", 1), (201, "x.csv", 1),
    ]  # fmt: skip
    assert answers[0].json()["overrule"] == ["closed", "too_far"]
    big = owner.post(f"{IMPORTS}?kind=customers", b"email\n" + b"a" * 5_100_000, content_type="text/csv")
    assert (big.status_code, big.json()["code"]) == (400, "file_too_large")
    assert owner.post(IMPORTS, {"kind": "customers"}).json()["errors"].keys() == {"content"}
    assert owner.post(IMPORTS, "x", content_type="text/plain").status_code == 415
    assert Import.objects.count() == 3


def test_a_key_is_for_one_file_whatever_it_is_called(desk):
    """R08: another file under the key is refused."""

    def send(name, content):
        form = {"kind": "customers", "file": SimpleUploadedFile(name, content)}
        return desk.api("owner").post(IMPORTS, form, format="multipart", HTTP_IDEMPOTENCY_KEY="k")

    first, same, other = (
        send("a.csv", b"email\na@b.org\n"),
        send("b.csv", b"email\na@b.org\n"),
        send("a.csv", b"email\nc@d.org\n"),
    )
    assert (first.status_code, same.status_code, same["Idempotency-Replayed"]) == (201, 201, "true")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert Import.objects.count() == 1


def test_only_owner_and_managers_import_and_managers_at_their_venues(desk, in_alpha):
    text = csv("venue,name", "main,Court 8", "annex,Room 8")
    for who in ("front_desk", "accountant", "guest"):
        assert Desk(desk.api, who).bring("resources", text).status_code == 403
        assert desk.api(who).get(IMPORTS).status_code == 403
        assert desk.api(who).get(f"{IMPORTS}templates/bookings.csv").status_code == 403
    manager = Desk(desk.api, "manager")
    made = manager.done("resources", text)
    assert manager.report(made) == [(2, "created", ""), (3, "refused", "venue_unknown")]
    owners = desk.done("customers", csv("email", "a@b.org"))
    assert desk.api("manager").get(f"{IMPORTS}{owners}/").status_code == 404
    assert [each["id"] for each in manager.api("manager").get(IMPORTS).json()] == [made]
    assert [each["id"] for each in desk.api("owner").get(IMPORTS).json()] == [owners, made]


def test_whoever_lost_the_right_meanwhile_imports_nothing(desk, in_alpha):
    trial = Desk(desk.api, "manager").tried("customers", csv("email", "a@b.org"))
    bringing.go(User.objects.get(pk=in_alpha.users["manager"]), trial)
    User.objects.filter(pk=in_alpha.users["manager"]).update(role="front_desk")
    working.work(str(trial))
    assert desk.report(trial) == [(2, "refused", "permission_denied")]


def test_stopped_it_does_no_more_rows_and_twice_is_once(desk):
    answer = desk.bring("customers", csv("email", "a@b.org"), dry_run=False)
    path = f"{IMPORTS}{answer.json()['id']}/"
    for _time in range(2):
        stopped = desk.api("owner").post(f"{path}cancel/").json()
        assert (stopped["state"], stopped["done"]) == ("cancelled", 0)
    working.work(str(answer.json()["id"]))
    refused = desk.api("owner").post(f"{path}run/")
    assert (refused.status_code, refused.json()["code"]) == (400, "wrong_state")
    assert not User.objects.filter(email="a@b.org").exists()
    assert set(ImportRow.objects.values_list("sealed", flat=True)) == {""}


def test_five_at_once_are_enough(desk):
    answers = [desk.bring("customers", csv("email", f"a{number}@b.org")) for number in range(6)]
    assert [each.status_code for each in answers] == [201] * 5 + [400]
    assert answers[5].json()["code"] == "too_many_imports"


@pytest.mark.parametrize("point", ["import.made", "import.committed"])
def test_a_worker_that_is_killed_at_a_row_leaves_it_to_the_next_who_makes_it_once(
    desk, in_alpha, tmp_path, point, monkeypatch
):
    """R40: dead with the booking made and not committed, and committed and not noted elsewhere."""

    class Killed(BaseException):
        """What `os._exit` would be to the process."""

    def die(_code):
        raise Killed

    monkeypatch.setattr(failpoints, "_folder", tmp_path)
    monkeypatch.setattr(os, "_exit", die)
    at_once(in_alpha.court_1)
    rows = [f"court-1,{slot(hour).start.isoformat()},{slot(hour).end.isoformat()},Ann" for hour in (10, 12, 14)]
    answer = desk.bring("bookings", csv("resource,start_datetime,end_datetime,name", *rows), dry_run=False)
    (tmp_path / point).write_text("exit")
    [piece] = [each for each in due.claim() if each.kind == working.KIND]
    with pytest.raises(Killed):
        due.perform(piece.pk, piece.attempts)
    piece.refresh_from_db()
    assert piece.due_at > database_now()
    type(piece).objects.filter(pk=piece.pk).update(due_at=database_now())
    [piece] = [each for each in due.claim() if each.kind == working.KIND]
    due.perform(piece.pk, piece.attempts)
    assert desk.report(answer.json()["id"]) == [(2, "created", ""), (3, "created", ""), (4, "created", "")]
    assert Imported.objects.count() == 3
    assert desk.seen(answer.json()["id"])["state"] == "done"
    assert not type(piece).objects.filter(pk=piece.pk).exists()


def test_a_second_worker_goes_on_where_another_one_has_done_a_row_meanwhile(desk, monkeypatch):
    """Whoever is at a row that is done by then does not stop: the other one may die, and its piece of work is over."""
    answer = desk.bring("customers", csv("email", "a@b.org", "c@d.org", "e@f.org"), dry_run=False)
    import_id = answer.json()["id"]
    alone = working._do

    def with_another(run, row):
        ImportRow.objects.filter(pk=row.pk, number=2).update(state="skipped")
        alone(run, row)

    monkeypatch.setattr(working, "_do", with_another)
    working.work(str(import_id))
    assert [state for _row, state, _code in desk.report(import_id)] == ["skipped", "created", "created"]
    assert desk.seen(import_id)["state"] == "done"


def test_what_was_brought_a_month_ago_is_gone_but_not_what_it_made(desk):
    old = desk.done("customers", csv("email", "a@b.org"))
    new = desk.tried("customers", csv("email", "c@d.org"))
    Import.objects.filter(pk=old).update(created_at=database_now() - bringing.KEPT - timedelta(hours=1))
    assert bringing.sweep() == 2  # with its row
    assert list(Import.objects.values_list("pk", flat=True)) == [new]
    assert (Imported.objects.count(), User.objects.filter(email="a@b.org").count()) == (1, 1)


@pytest.mark.parametrize("kind", ["customers", "resources", "closures", "bookings"])
def test_templates_are_files_that_can_be_imported(desk, kind):
    answer = desk.api("owner").get(f"{IMPORTS}templates/{kind}.csv")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8; header=present")
    assert desk.bring(kind, answer.content.decode()).status_code == 201
    assert desk.api("owner").get(f"{IMPORTS}templates/season.csv").status_code == 404
