"""A task knows its tenant, or does not run (T05)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from celery import Celery, chain, group
from celery.exceptions import Reject
from celery.states import FAILURE, SUCCESS
from django_tenants.utils import tenant_context

from config.celery import app as products_app
from schemas.tasks import PublicTask, TenantTask
from tenants import provisioning
from tenants.models import Tenant
from tests.conftest import own_database
from tests.schemas.queues import an_app, ran, worker
from tests.tenants.applications import application
from tests.worlds import ALPHA, BETA, World, world_of

PLATFORM_TASKS = {
    "config.handle_event",
    "config.reconcile",
    "config.reconcile_one",
    "config.work_on_inbox",
    "operators.figures",
    "operators.platform_invoices",
    "tenants.clean_up",
    "tenants.close",
    "tenants.perform_for_platform",
    "tenants.pump",
    "tenants.take_vitals",
    "tenants.tick",
}


@dataclass
class Scene:
    """Two tenants, an app, and a worker that takes its messages in order."""

    app: Celery
    alpha: World
    beta: World

    def result(self, message: Any) -> Any:
        """What a task returned; by then everything that was sent before it has been taken too."""
        return message.get(timeout=20, disable_sync_subtasks=False)


@pytest.fixture(scope="module")
def running(django_db_setup: None, django_db_blocker: Any, template: str) -> Iterator[Scene]:
    """One worker for all tests here: it takes five seconds to stop."""
    with own_database(template, django_db_blocker):
        app = an_app()
        scene = Scene(app, world_of(ALPHA), world_of(BETA))
        with worker(app):
            yield scene


@pytest.fixture
def scene(running: Scene) -> Scene:
    """The scene, in which nothing has run yet."""
    ran.clear()
    return running


def test_only_the_message_that_names_a_ready_tenant_runs(scene: Scene) -> None:
    """T05: six shapes of message that stock behaviour would run, most of them in `public`."""
    leaving = provisioning.create(application("delta-hall"))
    Tenant.objects.filter(pk=leaving.pk).update(state="leaving")
    # Somebody who sends to the same queue and has never heard of tenants.
    stranger = Celery("stranger", broker="memory://", backend="cache+memory://", set_as_current=False)

    def send(argument: str, headers: dict[str, str] | None) -> Any:
        return stranger.send_task("tenants", [argument], headers=headers)

    refused = [
        send("no header", None),
        send("other header", {"tenant": scene.alpha.tenant.schema_name}),
        send("public", {"_schema_name": "public"}),
        send("unknown", {"_schema_name": "t_unknown"}),
        send("empty", {"_schema_name": ""}),
        send("leaving", {"_schema_name": leaving.schema_name}),
    ]
    right = send("right", {"_schema_name": scene.alpha.tenant.schema_name})
    assert scene.result(right) == scene.alpha.tenant.schema_name
    assert ran == [("tenants", "right", scene.alpha.tenant.schema_name)]
    assert [message.state for message in refused] == [FAILURE] * 6
    assert right.state == SUCCESS


def test_task_sent_inside_a_tenant_carries_it(scene: Scene) -> None:
    worlds = (scene.alpha, scene.beta, scene.alpha)
    for world in worlds:
        with tenant_context(world.tenant):
            last = scene.app.tasks["tenants"].delay(world.canary)
    scene.result(last)
    assert ran == [("tenants", world.canary, world.tenant.schema_name) for world in worlds]


def test_retry_stays_with_its_tenant(scene: Scene) -> None:
    """T05: the second message is sent by the worker, and still is the tenant's."""
    with tenant_context(scene.alpha.tenant):
        stubborn = scene.app.tasks["stubborn"].delay("again")
    with tenant_context(scene.beta.tenant):
        scene.app.tasks["tenants"].delay("between")
    home = scene.alpha.tenant.schema_name
    assert scene.result(stubborn) == home
    assert [entry for entry in ran if entry[0] == "stubborn"] == [("stubborn", "again", home)] * 2


def test_group_and_chain_stay_with_their_tenant(scene: Scene) -> None:
    """T05: the second link of a chain is sent by the worker."""
    work = scene.app.tasks["tenants"]
    home = scene.beta.tenant.schema_name
    with tenant_context(scene.beta.tenant):
        linked = chain(work.si("first"), work.si("second"), app=scene.app).apply_async()
        grouped: Any = group(work.si("third"), work.si("fourth"), app=scene.app).apply_async()
    assert scene.result(linked) == home
    assert [scene.result(message) for message in grouped.results] == [home, home]
    assert sorted(ran) == sorted(("tenants", name, home) for name in ("first", "second", "third", "fourth"))


def test_worker_is_in_public_between_tasks(scene: Scene) -> None:
    """A platform's task right after a tenant's finds nothing of it."""
    with tenant_context(scene.alpha.tenant):
        scene.app.tasks["tenants"].delay("first")
    assert scene.result(scene.app.tasks["platforms"].delay("second")) == "public"
    assert ran == [("tenants", "first", scene.alpha.tenant.schema_name), ("platforms", "second", "public")]


def test_platforms_task_sent_from_inside_a_tenant_does_not_run(scene: Scene) -> None:
    with tenant_context(scene.alpha.tenant):
        refused = scene.app.tasks["platforms"].delay("from a tenant")
    assert scene.result(scene.app.tasks["platforms"].delay("from the platform")) == "public"
    assert ran == [("platforms", "from the platform", "public")]
    assert refused.state == FAILURE


def test_task_of_a_tenant_that_was_deleted_meanwhile_does_not_run(scene: Scene) -> None:
    """T05, T32: the worker knew the tenant a moment ago."""
    gone = provisioning.create(application("epsilon-hall"))
    headers = {"_schema_name": gone.schema_name}
    assert scene.result(scene.app.send_task("tenants", ["in time"], headers=headers)) == gone.schema_name
    provisioning.delete(gone)
    late = scene.app.send_task("tenants", ["too late"], headers=headers)
    with tenant_context(scene.beta.tenant):
        scene.result(scene.app.tasks["tenants"].delay("right"))
    assert [argument for _task, argument, _schema in ran] == ["in time", "right"]
    assert late.state == FAILURE


def test_called_directly_a_task_needs_a_tenant_too(scene: Scene) -> None:
    with pytest.raises(Reject):
        scene.app.tasks["tenants"]("nowhere")
    with tenant_context(scene.alpha.tenant):
        assert scene.app.tasks["tenants"]("here") == scene.alpha.tenant.schema_name
    assert ran == [("tenants", "here", scene.alpha.tenant.schema_name)]


def test_every_task_of_the_product_has_one_of_our_bases() -> None:
    """A task without one would run in `public` for whoever asks."""
    products_app.loader.import_default_modules()
    ours = {name: task for name, task in products_app.tasks.items() if not name.startswith("celery.")}
    assert ours
    loose = [name for name, task in ours.items() if not isinstance(task, TenantTask)]
    assert not loose, f"Give it base=TenantTask, or base=PublicTask for the platform's own: {loose}"
    public = {name for name, task in ours.items() if isinstance(task, PublicTask)}
    assert public == PLATFORM_TASKS, f"Work of the platform itself is listed here: {public}"


def test_beat_sends_the_platforms_tasks_only() -> None:
    """T05: beat knows no tenant, so a tenant's task on its list would never run."""
    products_app.loader.import_default_modules()
    for entry in products_app.conf.beat_schedule.values():
        assert isinstance(products_app.tasks[entry["task"]], PublicTask)
