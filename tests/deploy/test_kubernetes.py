"""Kubernetes' objects: each as the API's own schema has it, and each as a cluster should be asked for."""

from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.databases import ROOT

FOLDERS = ("deploy/kustomize", "deploy/caddy")
FILES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.yaml"))
OBJECTS: list[dict[str, Any]] = [
    each for path in FILES if path.name != "kustomization.yaml" for each in yaml.safe_load_all(path.read_text())
]
FOREIGN = {"PodMonitor"}
"""Kinds that Kubernetes itself does not know: Prometheus' operator brings them."""
BY_NAME = {(each["kind"], each["metadata"]["name"]): each for each in OBJECTS}
RUNNING = [each for each in OBJECTS if each["kind"] in {"Deployment", "Job"}]
SERVING = [each for each in OBJECTS if each["kind"] == "Deployment"]


def name_of(each: dict[str, Any]) -> str:
    """For the names of tests."""
    return f"{each['kind']}-{each['metadata']['name']}"


def pod(each: dict[str, Any]) -> dict[str, Any]:
    """The pod that a Deployment or Job makes."""
    spec: dict[str, Any] = each["spec"]["template"]["spec"]
    return spec


def test_all_of_them_are_read() -> None:
    assert len(OBJECTS) == len(BY_NAME) == 20
    assert {each["metadata"]["name"] for each in RUNNING} == {
        *("web", "worker-money", "worker-mail-sync", "worker-bulk", "beat", "migrate", "proxy", "pgbouncer")
    }


@pytest.mark.parametrize("each", [each for each in OBJECTS if each["kind"] not in FOREIGN], ids=name_of)
def test_object_is_as_the_api_has_it(each: dict[str, Any]) -> None:
    kubernetes_validate.validate(each, "1.34", strict=True)


def test_a_fault_would_be_found() -> None:
    web = BY_NAME["Deployment", "web"]
    bad = {**web, "spec": {**web["spec"], "replica": 2}}
    with pytest.raises(kubernetes_validate.ValidationError, match="replica"):
        kubernetes_validate.validate(bad, "1.34", strict=True)


@pytest.mark.parametrize("each", RUNNING, ids=name_of)
def test_pod_may_do_nothing_that_it_need_not(each: dict[str, Any]) -> None:
    spec = pod(each)
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    (container,) = spec["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"cpu", "memory"} == set(container["resources"]["requests"])
    assert "memory" in container["resources"]["limits"]


@pytest.mark.parametrize("each", SERVING, ids=name_of)
def test_pod_is_asked_how_it_is(each: dict[str, Any]) -> None:
    (container,) = pod(each)["containers"]
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container)
    assert each["spec"]["selector"]["matchLabels"].items() <= each["spec"]["template"]["metadata"]["labels"].items()


def test_web_is_replaced_without_anybody_missing() -> None:
    web = BY_NAME["Deployment", "web"]
    assert web["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    (container,) = pod(web)["containers"]
    paths = {probe: container[f"{probe}Probe"]["httpGet"]["path"] for probe in ("startup", "readiness", "liveness")}
    assert paths == {"startup": "/readyz", "readiness": "/servingz", "liveness": "/healthz"}
    told = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod(web)["terminationGracePeriodSeconds"] > told + 5 + 20 + 5
    assert BY_NAME["PodDisruptionBudget", "web"]["spec"]["minAvailable"] == 1
    assert BY_NAME["HorizontalPodAutoscaler", "web"]["spec"]["minReplicas"] == 2


def test_workers_end_what_they_have_begun() -> None:
    for name in ("money", "mail-sync", "bulk"):
        assert pod(BY_NAME["Deployment", f"worker-{name}"])["terminationGracePeriodSeconds"] > 110


def test_nobody_comes_in_but_the_proxy_and_prometheus() -> None:
    ports = {
        name: [port["port"] for rule in BY_NAME["NetworkPolicy", name]["spec"]["ingress"] for port in rule["ports"]]
        for name in ("forecourt", "web", "pgbouncer")
    }
    assert ports == {"forecourt": [9100], "web": [8000], "pgbouncer": [6432]}
    assert BY_NAME["NetworkPolicy", "forecourt"]["spec"]["policyTypes"] == ["Ingress", "Egress"]


def test_pooler_is_two_and_one_stays() -> None:
    assert BY_NAME["Deployment", "pgbouncer"]["spec"]["replicas"] == 2
    assert BY_NAME["PodDisruptionBudget", "pgbouncer"]["spec"]["minAvailable"] == 1
    wanted = BY_NAME["Service", "pgbouncer"]["spec"]["selector"]
    assert wanted.items() <= BY_NAME["Deployment", "pgbouncer"]["spec"]["template"]["metadata"]["labels"].items()


@pytest.mark.parametrize("path", [path for path in FILES if path.name == "kustomization.yaml"], ids=str)
def test_what_is_gathered_is_there(path: Any) -> None:
    gathered = yaml.safe_load(path.read_text())
    named = [*gathered.get("resources", []), *gathered.get("components", [])]
    files = [
        each.partition("=")[2] for made in gathered.get("configMapGenerator", []) for each in made.get("files", [])
    ]
    files += [each for made in gathered.get("secretGenerator", []) for each in made.get("envs", [])]
    assert named
    assert [each for each in [*named, *files] if not (path.parent / each).exists()] == []


def test_example_of_secrets_is_refused_until_it_is_filled_in() -> None:
    from config.settings import demands

    lines = (ROOT / "deploy/kustomize/overlays/example/forecourt.env").read_text().splitlines()
    example = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert {line.partition(" ")[0] for line in demands.unmet(example)} == {"SECRET_KEY", "VAULT_KEYS"}
