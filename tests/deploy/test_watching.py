"""Alerts and board ask for figures that there are, and each alert leads to what is to be done."""

import json
import re
from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest
import yaml
from django.db import connection
from prometheus_client import CollectorRegistry

from bookings import vitals as vitals_of_bookings
from config import metrics
from schemas import figures
from tenants import vitals
from tests.databases import ROOT

RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((ROOT / "deploy/prometheus/alerts.yaml").read_text())["groups"]
    for rule in group["rules"]
]
BOARD: dict[str, Any] = json.loads((ROOT / "deploy/grafana/forecourt.json").read_text())
ASKED = [
    *((rule["alert"], rule["expr"]) for rule in RULES),
    *((panel["title"], target["expr"]) for panel in BOARD["panels"] for target in panel["targets"]),
]
PARTS = ("lhs", "rhs", "expr", "args", "param", "vector_selector")
HEADINGS = {
    re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-")
    for line in (ROOT / "docs/operations/incidents.md").read_text().splitlines()
    if line.startswith("#")
}


def selected(node: Any) -> Iterator[tuple[str, dict[str, str]]]:
    """Figures that an expression asks for, each with the labels that it wants to be so."""
    if isinstance(node, promql_parser.VectorSelector):
        wanted = {each.name: each.value for each in node.matchers.matchers if str(each.op).endswith("Equal")}
        yield str(node.name), wanted
    for part in PARTS:
        below = getattr(node, part, None)
        for each in below if isinstance(below, list) else [below]:
            if each is not None and not isinstance(each, str | int | float):
                yield from selected(each)


def exported() -> dict[str, set[str]]:
    """Every figure that the platform tells, with its labels."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(metrics._Clock())
    found: dict[str, set[str]] = {}
    for family in registry.collect():
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    ours = [each for each in vars(figures).values() if hasattr(each, "_labelnames")]
    assert len(ours) == 9
    for counted in ours:
        (family,) = counted.collect()
        ends = ("_bucket", "_count", "_sum") if family.type == "histogram" else ("_total",)
        for end in ends:
            found[family.name + end] = {*counted._labelnames, *(["le"] if end == "_bucket" else [])}
    return found


@pytest.fixture
def told(alpha: Any) -> dict[str, set[str]]:
    """Those of a platform at work."""
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    return exported()


@pytest.mark.django_db
def test_every_figure_that_is_asked_for_is_told(told: dict[str, set[str]]) -> None:
    for title, expression in ASKED:
        names = list(selected(promql_parser.parse(expression)))
        assert names, title
        for name, labels in names:
            assert name in told, f"{title}: {name}"
            assert set(labels) <= told[name], f"{title}: {labels}"


@pytest.mark.django_db
def test_every_figure_of_the_operators_page_is_told_and_the_other_way_round(told: dict[str, set[str]]) -> None:
    page = (ROOT / "docs/operations.md").read_text().partition("\n## Health\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    named = {
        name: set(filter(None, labels.split(",")))
        for row in rows
        for name, labels in re.findall(r"`([a-z_]+)(?:\{([a-z,]+)\})?`", row)
    }
    plain = {re.sub(r"_(bucket|count|sum)$", "", name): labels - {"le"} for name, labels in told.items()}
    assert named == plain


@pytest.mark.django_db
def test_an_invented_figure_would_be_found(told: dict[str, set[str]]) -> None:
    assert [name for name, _labels in selected(promql_parser.parse("rate(made_up_total[5m]) > 1"))] == ["made_up_total"]
    assert "made_up_total" not in told


def test_values_of_labels_are_those_that_there_are() -> None:
    """An alert on a promise or queue that nobody has is silent for ever."""
    assert vitals_of_bookings.AVAILABILITY in vitals._vitals
    values: dict[str, set[str]] = {}
    for _title, expression in ASKED:
        for _name, labels in selected(promql_parser.parse(expression)):
            for label, value in labels.items():
                values.setdefault(label, set()).add(value)
    assert values == {
        "queue": {"money", "mail", "sync", "bulk"},
        "promise": {"overlaps"},
        "source": {"replica"},
        "status": {"5xx"},
    }


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_alert_says_how_bad_what_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"]
    page, _hash, anchor = rule["annotations"]["runbook"].partition("#")
    assert page == "docs/operations/incidents.md"
    assert anchor in HEADINGS
    assert re.fullmatch(r"\d+m", rule["for"])


def test_every_part_of_the_page_about_alerts_has_an_alert() -> None:
    text = (ROOT / "docs/operations/incidents.md").read_text()
    part = text.partition("\n## Alerts\n")[2].partition("\n## ")[0]
    anchors = {line.removeprefix("### ").lower().replace(" ", "-") for line in part.splitlines() if line[:4] == "### "}
    assert anchors == {rule["annotations"]["runbook"].partition("#")[2] for rule in RULES}


def test_alerts_have_names_of_their_own_and_panels_ids() -> None:
    assert len({rule["alert"] for rule in RULES}) == len(RULES)
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])


def test_no_figure_that_processes_count_is_about_a_tenant() -> None:
    names = {label for each in vars(figures).values() for label in getattr(each, "_labelnames", ())}
    assert names == {"route", "status", "task", "state", "result", "provider", "outcome", "subject", "source"}
