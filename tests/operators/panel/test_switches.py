"""Features switched off, for everybody and for one tenant; announcements; reports of abuse."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django_tenants.utils import schema_context, tenant_context

from kernel.errors import Forbidden
from operators.models import OperatorAct
from operators.panel import abuse
from schemas.clock import database_now
from tenants import due, features, hosts
from tenants.announcements import Announcement
from tenants.models import AbuseReport, DueWork, OutgoingMail, Tenant
from tests.flows.pages import Visitor
from tests.operators.panel.conftest import Enter
from tests.worlds import PASSWORD, World

pytestmark = pytest.mark.django_db
SWITCHES = "/operators/switches/"


def throw(someone: Visitor, feature: str, reason: str = "Provider down") -> Any:
    page = someone.open(SWITCHES)
    form = next(each for each in page.forms if each.fields.get("feature") == feature)
    return someone.send(page, form, reason=reason)


def off_in(world: World) -> list[str]:
    return list(Tenant.objects.get(pk=world.tenant.pk).switched_off)


def claimed() -> set[tuple[str, str]]:
    return {(work.schema_name, work.kind) for work in due.claim()}


def waiting_for(*worlds: World) -> None:
    now = database_now()
    DueWork.objects.all().delete()
    for world in worlds:
        for kind in ("webhook", "mail"):
            DueWork.objects.create(schema_name=world.tenant.schema_name, kind=kind, object_id="1", due_at=now)


def test_what_is_off_for_everybody_waits_and_goes_on_later(alpha: World, beta: World, admin: Visitor) -> None:
    assert "Webhooks is off." in throw(admin, "webhooks").text
    assert (off_in(alpha), off_in(beta)) == (["webhooks"], ["webhooks"])
    waiting_for(alpha, beta)
    assert claimed() == {(each.tenant.schema_name, "mail") for each in (alpha, beta)}
    assert "Webhooks is on again." in throw(admin, "webhooks").text
    assert claimed() == {(each.tenant.schema_name, "webhook") for each in (alpha, beta)}
    kinds = list(OperatorAct.objects.order_by("pk").values_list("kind", "about", "reason"))
    assert [(kind, reason) for kind, _about, reason in kinds] == [("switch", "Provider down")] * 2
    assert [about.partition(":")[0] for _kind, about, _reason in kinds] == ["webhooks off", "webhooks on"]


def test_what_is_off_for_one_is_on_for_the_others(alpha: World, beta: World, admin: Visitor) -> None:
    form = admin.open(f"/operators/tenants/{alpha.tenant.pk}/switch/")
    admin.send(form, form.form_with("reason"), feature="payments", to="off", reason="Stolen cards")
    assert (off_in(alpha), off_in(beta)) == (["payments"], [])
    with tenant_context(Tenant.objects.get(pk=alpha.tenant.pk)), pytest.raises(Forbidden, match="at the moment"):
        features.check("payments")
    with tenant_context(Tenant.objects.get(pk=beta.tenant.pk)):
        features.check("payments")
    assert alpha.tenant.name in admin.open(SWITCHES).text


def test_a_tenant_that_comes_later_has_off_what_is_off_for_everybody(alpha: World, admin: Visitor) -> None:
    throw(admin, "imports")
    assert features.off_for_everybody() == ["imports"]


def test_a_switch_is_not_thrown_without_a_reason(alpha: World, admin: Visitor) -> None:
    assert "Say why. Nothing was changed." in throw(admin, "webhooks", "  ").text
    assert off_in(alpha) == []
    assert not OperatorAct.objects.exists()


@pytest.mark.parametrize("rank", ["reader", "support", "finance"])
def test_only_administrators_switch(alpha: World, enter: Enter, rank: str) -> None:
    someone = enter(rank)
    assert not [each for each in someone.open(SWITCHES).forms if "feature" in each.fields]
    someone.client.handler.enforce_csrf_checks = False
    answer = someone.client.post(SWITCHES, {"feature": "webhooks", "to": "off", "reason": "Because"})
    assert answer.status_code == 403
    assert off_in(alpha) == []


def test_an_announcement_is_on_every_page_of_the_desk_until_put_away(alpha: World, beta: World, enter: Enter) -> None:
    support = enter("support")
    page = support.open("/operators/tenants/announcement/add/")
    now = database_now()
    said = {
        "text_en": "Short break tonight at ten.", "text_de": "Heute um zehn kurze Pause.", "tone": "warning",
        "schema_name": alpha.tenant.schema_name,
        "starts_at_0": f"{now:%Y-%m-%d}", "starts_at_1": "00:00:00",
        "ends_at_0": f"{now + timedelta(days=2):%Y-%m-%d}", "ends_at_1": "00:00:00",
        "starts_at": f"{now:%Y-%m-%d} 00:00:00", "ends_at": f"{now + timedelta(days=2):%Y-%m-%d} 00:00:00",
    }  # fmt: skip
    after = support.send(page, page.form_with("text_en"), **said)
    assert after.path == "/operators/tenants/announcement/", after.text[-600:]
    assert list(OperatorAct.objects.values_list("kind", flat=True)) == ["announcement"]
    hosts.forget()
    owner = Visitor(alpha.host)
    owner.sign_in(f"owner@{alpha.canary}.example", PASSWORD)
    desk = owner.open("/desk/customers/")
    assert "Short break tonight at ten." in desk.text
    owner.client.cookies["django_language"] = "de"
    assert "Heute um zehn kurze Pause." in owner.open("/desk/customers/").text
    other = Visitor(beta.host)
    other.sign_in(f"owner@{beta.canary}.example", PASSWORD)
    assert "Short break" not in other.open("/desk/customers/").text
    assert "Heute um zehn" not in owner.send(desk, desk.form("/put-away/")).text
    assert "Heute um zehn" not in owner.open("/desk/customers/").text


def test_an_announcement_that_ends_before_it_begins_is_refused(admin: Visitor) -> None:
    page = admin.open("/operators/tenants/announcement/add/")
    said = {
        "text_en": "A",
        "text_de": "B",
        "starts_at_0": "2026-11-22",
        "starts_at_1": "10:00",
        "ends_at_0": "2026-11-22",
    }
    said |= {"ends_at_1": "09:00", "starts_at": "2026-11-22 10:00", "ends_at": "2026-11-22 09:00"}
    after = admin.send(page, page.form_with("text_en"), **said)
    assert "It must end after it begins." in after.text
    assert not Announcement.objects.exists()


def test_a_visitor_reports_and_hears_of_the_decision(alpha: World, enter: Enter) -> None:
    someone = Visitor(alpha.host)
    page = someone.open(someone.open("/venues/main/").link("/report/"))
    after = someone.send(
        page, page.form_with("text"), kind="fraud", text="There is no such hall.", email="vera@visitor.example"
    )
    assert "Thank you. We look into it." in after.text
    with schema_context("public"):
        row = AbuseReport.objects.get()
    assert (row.schema_name, row.page, row.kind) == (alpha.tenant.schema_name, "/venues/main/", "fraud")
    support = enter("support")
    assert "There is no such hall." in support.open("/operators/tenants/abusereport/").text
    one = support.open(f"/operators/tenants/abusereport/{row.pk}/")
    support.send(one, one.form_with("verdict"), verdict="The business showed its lease.")
    row.refresh_from_db()
    assert (row.verdict, row.judged_at is not None) == ("The business showed its lease.", True)
    letter = OutgoingMail.objects.get(key=f"abuse:{row.pk}")
    assert (letter.schema_name, letter.to) == ("public", "vera@visitor.example")
    assert "The business showed its lease." in letter.text
    assert alpha.tenant.name in letter.subject
    assert OperatorAct.objects.filter(kind="abuse", reason="The business showed its lease.").count() == 1
    again = support.open(f"/operators/tenants/abusereport/{row.pk}/")
    assert not [each for each in again.forms if "verdict" in each.fields]
    assert outbox.outbox == []


def test_of_two_who_decide_on_a_report_at_once_the_second_is_told(
    alpha: World, admin: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = AbuseReport.objects.create(
        schema_name=alpha.tenant.schema_name,
        tenant_name=alpha.tenant.name,
        page="/",
        kind="fraud",
        text="There is no such hall.",
        email="vera@visitor.example",
        reported_at=database_now(),
    )
    path = f"/operators/tenants/abusereport/{row.pk}/"
    page = admin.open(path)
    may = abuse.AbuseReportAdmin.has_change_permission

    def may_and_then_another_decides(who: Any, request: Any, report: AbuseReport | None = None) -> bool:
        found = may(who, request, report)
        if report is not None:
            AbuseReport.objects.filter(pk=row.pk, judged_at=None).update(verdict="First.", judged_at=database_now())
        return bool(found)

    monkeypatch.setattr(abuse.AbuseReportAdmin, "has_change_permission", may_and_then_another_decides)
    after = admin.send(page, page.form_with("verdict"), verdict="Second.")
    assert "Somebody else has decided on this meanwhile. Nothing was changed." in after.text
    row.refresh_from_db()
    assert row.verdict == "First."
    assert not OutgoingMail.objects.filter(key=f"abuse:{row.pk}").exists()
    assert not OperatorAct.objects.exists()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"kind": "", "text": "x"}, "This field is required."),
        ({"kind": "fraud", "text": " "}, "This field is required."),
        ({"kind": "fraud", "text": "x", "email": "nobody"}, "Enter a valid email address."),
    ],
)
def test_a_report_that_lacks_something_is_not_taken(alpha: World, sent: dict[str, str], said: str) -> None:
    someone = Visitor(alpha.host)
    page = someone.open("/report/")
    after = someone.send(page, page.form_with("text"), **sent)
    assert (after.status, said in after.text) == (400, True)
    assert not AbuseReport.objects.exists()
