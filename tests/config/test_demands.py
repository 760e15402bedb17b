"""Production does not start with a variable that is missing or makes no sense; all of them are named at once."""

import os
import subprocess
import sys

import pytest

from config.settings import demands
from tests.databases import ROOT

ENOUGH = {
    "SECRET_KEY": "made up for tests, and of no worth to anybody",
    "VAULT_KEYS": "made up for tests as well: of no worth,the one that was before it: it opens still",
    "DATABASE_URL": "postgresql://db/forecourt",
    "REDIS_URL": "redis://redis/0",
    "BASE_DOMAIN": "forecourt.example",
    "EMAIL_HOST": "mail.forecourt.example",
}


def started(variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A process with production's settings and these variables."""
    inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    env = {**inherited, **variables, "DJANGO_SETTINGS_MODULE": "config.settings.production", "PYTHONPATH": "platform"}
    code = "import django; django.setup(); from django.conf import settings as found;"
    code += "print(found.DATABASES['default']['OPTIONS']['pool']['max_size'])"
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)


def test_production_names_everything_that_is_wrong_at_once() -> None:
    done = started({"PROXIES": "many", "VAULT_KEYS": "short", "STRIPE_TAX": "yes", "SENTRY_DSN": "nowhere"})
    assert done.returncode == 1
    said = done.stderr.partition("ImproperlyConfigured: ")[2].splitlines()
    assert said == [
        "Set these in the environment (docs/operations.md says what they are):",
        "SECRET_KEY is missing: signs sessions and links",
        "VAULT_KEYS has 5 characters and needs 32 at least: seal what tenants trust us with; the first one seals",
        "DATABASE_URL is missing: PostgreSQL",
        "REDIS_URL is missing: the broker of tasks",
        "BASE_DOMAIN is missing: tenants live below it",
        "PROXIES is not a whole number from 0 to 10: how many proxies stand in front",
        "STRIPE_TAX is none of 0, 1: whether Stripe Tax adds VAT to plans",
        "SENTRY_DSN is not an address that begins with http:// or https://: where errors are sent",
        "EMAIL_HOST is missing: mail goes through smtp",
    ]
    assert "short" not in done.stderr.partition("VAULT_KEYS has")[2]


def test_what_is_enough_starts_and_a_blank_value_is_none() -> None:
    done = started({**ENOUGH, "DATABASE_POOL": "", "LOG_FORMAT": "", "CACHE_URL": "", "METRICS_PORT": ""})
    assert (done.stderr, done.stdout, done.returncode) == ("", "32\n", 0)


@pytest.mark.parametrize("name", sorted(ENOUGH))
def test_each_that_is_needed_is_missed(name: str) -> None:
    assert [line.partition(" ")[0] for line in demands.unmet({**ENOUGH, name: ""})] == [name]


NONSENSE = {
    "SECRET_KEY": ["changeme", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "replace-by-64-other-random-characters"],
    "VAULT_KEYS": [f"{'made up and long enough to be one'},short", ",", "made up and long enough to be one,"],
    "DATABASE_URL": ["mysql://db/forecourt", "db", "postgresql://db:port/forecourt"],
    "REDIS_URL": ["http://redis", "redis"],
    "CACHE_URL": ["memcached://cache"],
    "BASE_DOMAIN": [
        "https://forecourt.example",
        "forecourt.example/",
        "Forecourt.example",
        "forecourt.example:8000",
        "-a.b",
    ],
    "PROXIES": ["-1", "11", "1.5", "one"],
    "DATABASE_POOL": ["-1", "lots"],
    "EMAIL_PORT": ["0", "65536", "smtp"],
    "EMAIL_USE_TLS": ["true", "2"],
    "DEFAULT_FROM_EMAIL": ["forecourt.example", "a@b", "two words@forecourt.example"],
    "PLATFORM_VAT": ["19%", "-1", "10001"],
    "PLATFORM_COUNTRY": ["de", "Germany"],
    "METRICS_NETWORKS": ["10.0.0.0/33", "10.0.0.1/8", "everybody"],
    "DNS_RESOLVERS": ["dns.example", "192.0.2.300"],
    "DNS_SECONDS": ["0", "-1", "nan", "soon"],
    "LOG_FORMAT": ["xml"],
    "OTEL_EXPORTER_OTLP_ENDPOINT": ["collector:4318", "https://"],
    "MAIL_PROVIDER": ["pigeon", "files"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in NONSENSE.items() for value in values])
def test_nonsense_is_refused_by_name(name: str, value: str) -> None:
    assert [line.partition(" ")[0] for line in demands.unmet({**ENOUGH, name: value})] == [name]


SENSE = {
    "DATABASE_URL": ["postgresql://u@db:5432/f?sslmode=require", "postgres:///f?host=/run/postgresql"],
    "REDIS_URL": ["rediss://redis:6380/1", "unix:///run/redis.sock?db=1"],
    "BASE_DOMAIN": ["localhost", "a.b.c.example"],
    "DEFAULT_FROM_EMAIL": ["a@forecourt.example", "Forecourt <a@forecourt.example>"],
    "METRICS_NETWORKS": ["10.0.0.0/8, 2001:db8::/32"],
    "DNS_RESOLVERS": ["192.0.2.1,2001:db8::1"],
    "DNS_SECONDS": ["5", "0.5"],
    "METRICS_PORT": ["9100"],
    "SENTRY_DSN": ["https://key@sentry.example/1"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in SENSE.items() for value in values])
def test_sense_is_taken(name: str, value: str) -> None:
    assert demands.unmet({**ENOUGH, name: value}) == []


def test_a_carrier_of_mail_brings_its_own_needs() -> None:
    without = {name: value for name, value in ENOUGH.items() if name != "EMAIL_HOST"}
    assert demands.unmet({**without, "MAIL_PROVIDER": "postmark", "POSTMARK_SERVER_TOKEN": "made up"}) == [
        "MAIL_WEBHOOK_SECRET is missing: mail goes through postmark"
    ]
