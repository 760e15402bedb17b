"""What runs the platform elsewhere, judged by those who would run it: hadolint, the Compose specification, Caddy."""

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.settings import demands
from embedded.pgbouncer import SETTINGS
from tests.databases import ROOT
from tests.poolers import pooler

BIN = Path(sys.executable).parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name for name, service in SERVICES.items() if "forecourt" in service["image"]}
DOCKERFILE = (ROOT / "Dockerfile").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
CADDY = {"ACME_EMAIL": "operations@forecourt.example", "BASE_DOMAIN": "forecourt.example", "METRICS_TOKEN": "made up"}


def judged(*command: str, env: dict[str, str] | None = None) -> tuple[int, str]:
    """What a judge of the environment says: its exit code and words."""
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_dockerfile_has_nothing_that_hadolint_would_say() -> None:
    assert judged("hadolint", "--failure-threshold", "style", "Dockerfile") == (0, "")


def test_image_of_the_pooler_has_nothing_that_hadolint_would_say() -> None:
    file = ROOT / "deploy/pgbouncer/Dockerfile"
    assert judged("hadolint", "--failure-threshold", "style", str(file)) == (0, "")
    assert "USER 10002:10002" in file.read_text()


def test_hadolint_would_say_something(tmp_path: Path) -> None:
    bad = tmp_path / "Dockerfile"
    bad.write_text("FROM python\nRUN sudo apt-get install gcc\n")
    code, said = judged("hadolint", str(bad))
    assert code == 1
    assert {"DL3006", "DL3004"} <= set(re.findall(r"DL\d{4}", said))


def test_compose_file_is_as_the_specification_says() -> None:
    code, said = judged("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml")
    assert (code, said) == (0, "ok -- validation done\n")


def test_the_specification_would_find_a_fault(tmp_path: Path) -> None:
    bad = tmp_path / "compose.yaml"
    bad.write_text(yaml.safe_dump({**COMPOSE, "services": {"web": {"image": "web", "restrat": "always"}}}))
    code, said = judged("check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(bad))
    assert code == 1
    assert "restrat" in said


def test_caddy_takes_its_file() -> None:
    code, said = judged("caddy", "validate", "--adapter", "caddyfile", "--config", "deploy/caddy/Caddyfile", env=CADDY)
    assert (code, said.splitlines()[-1]) == (0, "Valid configuration")


def test_caddys_file_is_in_shape() -> None:
    _code, said = judged("caddy", "fmt", "--diff", "deploy/caddy/Caddyfile")
    assert [line for line in said.splitlines() if line[:1] in {"+", "-"}] == []


# ---- The image ----


def last_stage() -> str:
    """The part of the Dockerfile that runs."""
    return DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]


def test_image_runs_as_nobody_in_particular_and_says_how_to_stop_it() -> None:
    lines = last_stage().splitlines()
    assert "USER 10001:10001" in lines
    assert "STOPSIGNAL SIGTERM" in lines
    assert 'CMD ["python", "-m", "config.serve"]' in lines
    (health,) = [line for line in lines if line.startswith("HEALTHCHECK ")]
    assert health.endswith('CMD ["python", "-m", "config.probe", "http://127.0.0.1:8000/healthz"]')
    assert [line for line in lines if line.startswith(("RUN pip", "RUN apt", "ADD "))] == []


def test_image_has_no_secret_in_its_layers() -> None:
    declared = re.findall(r"^(?:ENV|ARG) ([A-Z_]+)|^ +([A-Z_]+)=", DOCKERFILE, re.MULTILINE)
    names = {one or other for one, other in declared}
    assert names == {
        *("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONPATH", "PATH", "TMPDIR", "RELEASE"),
        *("PIP_DISABLE_PIP_VERSION_CHECK", "PIP_ROOT_USER_ACTION", "DJANGO_SETTINGS_MODULE"),
    }
    assert not re.search(r"SECRET|PASSWORD|TOKEN|_KEY", DOCKERFILE)


def test_what_the_image_copies_is_there_and_reaches_the_engine() -> None:
    ignored = set((ROOT / ".dockerignore").read_text().split())
    copied = [
        path for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE) for path in line.split()[:-1]
    ]
    assert {"platform", "tenants", "locale", "requirements/production.txt"} <= set(copied)
    assert [path for path in copied if not (ROOT / path).exists() or path.split("/")[0] in ignored] == []
    assert {".env", ".git", "var", "tests", "node_modules"} <= ignored


def test_every_package_of_the_product_is_in_the_image() -> None:
    copied = set(re.findall(r"^COPY ([a-z]+) \1$", DOCKERFILE, re.MULTILINE))
    shelves = {path.parent.name for path in ROOT.glob("*/apps.py")} | {"platform", "templates", "static", "locale"}
    assert shelves <= copied | {"tests"}


def test_image_is_built_where_an_engine_answers(capsys: pytest.CaptureFixture[str]) -> None:
    """Without an engine nothing is built, and that is said aloud; the judges above have read the file."""
    engine = shutil.which("docker")
    answers = engine and subprocess.run([engine, "info"], capture_output=True, check=False, timeout=60).returncode == 0
    if not engine or not answers:
        with capsys.disabled():
            sys.stdout.write("\nNO CONTAINER ENGINE ANSWERS HERE: the image was judged, not built.\n")
        return
    tag = "forecourt:test"
    built = subprocess.run([engine, "build", "--tag", tag, str(ROOT)], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr[-3000:]
    run = [engine, "run", "--rm", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", tag]
    asked = subprocess.run([*run, "id", "-u"], capture_output=True, text=True, check=False)
    assert (asked.returncode, asked.stdout) == (0, "10001\n")
    started = subprocess.run([*run, "python", "manage.py", "check"], capture_output=True, text=True, check=False)
    assert started.returncode == 1
    assert "SECRET_KEY is missing" in started.stderr


# ---- One machine ----


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_is_held_short(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"cpus", "memory"} == set(service["deploy"]["resources"]["limits"])
    assert "stop_grace_period" in service
    assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")
    assert "healthcheck" in service
    assert service["logging"]["options"] == {"max-size": "20m", "max-file": "5"}
    assert "privileged" not in service
    assert set(service.get("cap_add", [])) <= {"NET_BIND_SERVICE"}


def test_only_the_proxy_is_reached_from_outside() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"proxy"}
    assert {name for name, service in SERVICES.items() if "front" in service["networks"]} == {"proxy", "web-a", "web-b"}
    assert COMPOSE["networks"]["data"] == COMPOSE["networks"]["front"] == {"internal": True}
    for name in ("postgres", "pgbouncer", "broker", "cache"):
        assert SERVICES[name]["networks"] == ["data"]


def test_every_process_of_ours_waits_for_the_migration() -> None:
    assert {"web-a", "web-b", "worker-money", "worker-mail-sync", "worker-bulk", "beat", "migrate"} == OURS
    for name in OURS - {"migrate"}:
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_every_queue_has_a_worker_and_one_alone() -> None:
    taken = [
        queue
        for name in sorted(OURS)
        if name.startswith("worker-")
        for queue in SERVICES[name]["command"][SERVICES[name]["command"].index("--queues") + 1].split(",")
    ]
    assert sorted(taken) == ["bulk", "celery", "mail", "money", "sync"]


def test_broker_keeps_what_it_has_and_the_cache_need_not() -> None:
    broker, cache = SERVICES["broker"]["command"], SERVICES["cache"]["command"]
    assert broker[broker.index("--maxmemory-policy") + 1] == "noeviction"
    assert broker[broker.index("--appendonly") + 1] == "yes"
    assert SERVICES["broker"]["volumes"] == ["broker:/data"]
    assert cache[cache.index("--maxmemory-policy") + 1] == "allkeys-lru"
    environment = SERVICES["web-a"]["environment"]
    assert environment["REDIS_URL"] == "redis://broker:6379/0"
    assert environment["CACHE_URL"] == "redis://cache:6379/0"


def test_pooler_takes_its_settings_and_they_are_those_that_are_tested() -> None:
    """A real one, which refuses what it does not know; the tests' own differ in nothing that they set."""
    read = configparser.ConfigParser(inline_comment_prefixes=(";",))
    read.read_string((ROOT / "deploy/pgbouncer/pgbouncer.ini").read_text())
    own = {"listen_addr", "listen_port", "unix_socket_dir", "auth_type", "auth_file"}
    settings = {name: value for name, value in read["pgbouncer"].items() if name not in own}
    assert settings["pool_mode"] == "session"
    assert settings["server_reset_query"] == "DISCARD ALL"
    with pooler(**settings) as running:
        told = {str(each["key"]): each["value"] for each in running.told("SHOW CONFIG")}
    assert {name: told[name] for name in settings} == settings
    used = {"pool_mode", "server_reset_query", "query_wait_timeout", "server_lifetime"}
    assert {name: SETTINGS[name] for name in used} == {name: settings[name] for name in used}


def test_pooler_is_there_for_who_asks_for_it_and_migrations_go_past_it() -> None:
    pooled = SERVICES["pgbouncer"]
    assert (pooled["profiles"], pooled["networks"]) == (["pooler"], ["data"])
    assert "ports" not in pooled
    assert "@${DATABASE_HOST:-postgres:5432}/" in SERVICES["web-a"]["environment"]["DATABASE_URL"]
    assert SERVICES["migrate"]["environment"]["DATABASE_URL"].endswith("@postgres:5432/forecourt")
    assert {**SERVICES["migrate"]["environment"], "DATABASE_URL": ""} == {
        **SERVICES["web-a"]["environment"],
        "DATABASE_URL": "",
    }


def test_postgresql_has_locks_for_many_schemas() -> None:
    assert "max_locks_per_transaction=512" in SERVICES["postgres"]["command"]


def test_processes_get_longer_to_stop_than_they_take() -> None:
    """`config.serve`: 5 s until the proxy knows, 20 s for what has begun; a piece of work 110 s (tenants.tasks)."""
    patience = {name: int(SERVICES[name]["stop_grace_period"].removesuffix("s")) for name in OURS}
    assert patience["web-a"] > 5 + 20 + 5
    assert patience["worker-money"] == patience["worker-bulk"] == 120


# ---- What is filled in ----


def test_example_has_every_variable_that_compose_and_production_need() -> None:
    named = set(re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.MULTILINE))
    asked = set(re.findall(r"\$\{([A-Z_]+):\?", (ROOT / "compose.yaml").read_text()))
    assert asked == {"POSTGRES_PASSWORD", "ACME_EMAIL", "BASE_DOMAIN", "METRICS_TOKEN"}
    made = set(SERVICES["web-a"]["environment"]) | {"PUBLIC_PORT", "PORT", "DNS_PORT", "DNS_SECONDS"}
    elsewhere = {"STRIPE_API_HOST", "STRIPE_JS_URL"}
    assert asked | {each.name for each in demands.DEMANDS} - made - elsewhere <= named
    assert {each.name for each in demands.DEMANDS if each.is_required} - made <= set(
        re.findall(r"^([A-Z_]+)=", EXAMPLE, re.MULTILINE)
    )


def test_every_variable_of_the_example_is_said_what_it_is_for() -> None:
    """A line of words stands before each, or before the group that it belongs to."""
    lines = EXAMPLE.splitlines()
    variable = re.compile(r"#?[A-Z_]+=")
    for number, line in enumerate(lines):
        if variable.match(line):
            assert variable.match(lines[number - 1]) or lines[number - 1].startswith("# "), line


def test_example_alone_starts_nothing() -> None:
    blank = dict(line.split("=", 1) for line in EXAMPLE.splitlines() if line and not line.startswith("#"))
    missing = {line.partition(" ")[0] for line in demands.unmet(blank)}
    assert missing == {"SECRET_KEY", "VAULT_KEYS", "DATABASE_URL", "REDIS_URL", "BASE_DOMAIN", "EMAIL_HOST"}
