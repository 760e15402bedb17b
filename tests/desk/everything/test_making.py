"""The archive as a file: whole, told of in its manifest, and the same however often its making was broken off."""

import hashlib
import json

from desk.models import Archive
from tests.desk.everything.scenes import made, opened, rows
from tests.worlds import World
from venues.models import Venue


def test_archive_is_a_whole_zip_file_that_tells_of_itself(in_alpha: World) -> None:
    archive = made(in_alpha)
    assert archive.state == Archive.State.READY
    with opened(archive) as file:
        assert file.testzip() is None
        assert file.namelist()[-2:] == ["README.txt", "manifest.json"]
        told = json.loads(file.read("manifest.json"))
        assert [each["name"] for each in told["files"]] == file.namelist()[:-1]
        for each in told["files"]:
            content = file.read(each["name"])
            assert (each["bytes"], each["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        venues = rows(file, "venues.jsonl")
        assert [row["name"] for row in venues] == list(Venue.objects.order_by("pk").values_list("name", flat=True))
        assert "password" not in rows(file, "people.jsonl")[0]
        assert f"venues.jsonl: your venues ({len(venues)} rows)" in file.read("README.txt").decode()
