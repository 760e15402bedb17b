"""The keys to the demo: `var/demo.json`, which nobody but its owner can read.

Passwords and tokens are random and exist nowhere else. Those in the file that
still open something stay; others are made anew.
"""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password, get_hasher, make_password
from django.contrib.auth.password_validation import validate_password
from django_tenants.utils import tenant_context

from accounts import codes
from accounts.models import AccessToken, Authenticator, Role, User
from operators.demo import apps
from operators.demo.furnishing import customer_email
from operators.demo.plans import TenantPlan
from operators.models import Operator, Rank
from outside import vault
from schemas.clock import database_now
from tenants.models import Tenant
from venues.models import Resource

STAFF = ("owner", "manager", "front_desk", "accountant")
OPERATORS = {"operator": Rank.ADMIN, "reader": Rank.READER, "support": Rank.SUPPORT, "finance": Rank.FINANCE}
"""By what the file calls them."""
PEOPLE = {
    Rank.ADMIN: ("operator@forecourt.example", "Olivia Operator"),
    Rank.READER: ("reader@forecourt.example", "Rita Reader"),
    Rank.SUPPORT: ("support@forecourt.example", "Samir Support"),
    Rank.FINANCE: ("finance@forecourt.example", "Fiona Finance"),
}
TOKEN_NAME = "Demo"
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
ITERATIONS = 10_000
"""Stretching of demo passwords. They are random (59 bits), and two dozen are checked at every `make run`;
Django brings a hash to full strength when its owner signs in."""

Login = dict[str, str]


def demo_file() -> Path:
    """Where the keys are kept."""
    return Path(settings.VAR) / "demo.json"


def write(tenants: list[tuple[TenantPlan, Tenant]], port: int) -> None:
    """Bring the file up to date; in the database only what has no working key in the file is changed."""
    known = _Known.read()
    content = {
        "platform": {
            "url": f"http://{settings.BASE_DOMAIN}:{port}",
            **{name: _operator(rank, known) for name, rank in OPERATORS.items()},
        },
        "tenants": [_tenant(plan, tenant, port, known) for plan, tenant in tenants],
    }
    path = demo_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, indent=2, ensure_ascii=False)
        file.write("\n")
    unfinished.replace(path)


def _operator(rank: Rank, known: "_Known") -> Login:
    """Somebody who runs the platform, with an authenticator whose secret is told: `manage.py demo_code` is the app."""
    email, name = PEOPLE[rank]
    user, _ = User.objects.get_or_create(
        email=email, defaults={"name": name, "role": Role.OPERATOR, "password": make_password(None)}
    )
    Operator.objects.get_or_create(user=user, defaults={"rank": rank})
    old = known.of("", email)
    return {"email": email, "password": _password(user, old), "totp": _totp(user, old)}


def _totp(user: User, old: Mapping[str, str]) -> str:
    row = codes.of(user)
    if row is not None and old.get("totp") and vault.unseal(row.sealed) == old["totp"]:
        return old["totp"]
    secret = codes.new_secret()
    Authenticator.objects.update_or_create(
        user=user, defaults={"sealed": vault.seal(secret), "last_step": 0, "created_at": database_now()}
    )
    return secret


def _tenant(plan: TenantPlan, tenant: Tenant, port: int, known: "_Known") -> dict[str, Any]:
    host = f"{tenant.slug}.{settings.BASE_DOMAIN}"
    with tenant_context(tenant):
        people = {user.email: user for user in User.objects.all()}
        digests = set(AccessToken.objects.values_list("digest", flat=True))

        def login(email: str) -> Login:
            old = known.of(tenant.slug, email)
            password = _password(people[email], old)
            return {"email": email, "password": password, "token": _token(people[email], old, digests)}

        return {
            "slug": tenant.slug,
            "name": tenant.name,
            "url": f"http://{host}:{port}",
            "host": host,
            "time_zone": tenant.time_zone,
            "currency": tenant.currency,
            **{role: login(plan.staff_email(role)) for role in STAFF},
            "customers": [login(customer_email(plan, name)) for name in plan.names.logins],
            "oauth": apps.written(people[plan.staff_email("owner")], known.apps_of(tenant.slug)),
            "resources": list(Resource.objects.filter(stock_of=None).order_by("pk").values_list("pk", flat=True)),
        }


def _password(user: User, old: Mapping[str, str]) -> str:
    # Not `user.check_password`, which would stretch the hash to full length on the way.
    if old.get("password") and check_password(old["password"], user.password):
        return old["password"]
    password = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))
    validate_password(password, user)
    user.password = _hash(password)
    user.save(update_fields=["password"])
    return password


def _hash(password: str) -> str:
    hasher = get_hasher()
    if isinstance(hasher, PBKDF2PasswordHasher):
        return hasher.encode(password, hasher.salt(), iterations=ITERATIONS)
    return make_password(password)


def _token(user: User, old: Mapping[str, str], digests: set[str]) -> str:
    if AccessToken.digest_of(old.get("token", "")) in digests:
        return old["token"]
    return AccessToken.issue(user, TOKEN_NAME)


class _Known:
    """What an earlier file says, by tenant and address; a file that cannot be read says nothing."""

    def __init__(self, content: dict[str, Any]) -> None:
        self._logins: dict[tuple[str, str], Login] = {}
        self._apps: dict[str, apps.Apps] = {}
        self._note("", [content["platform"][name] for name in OPERATORS if name in content["platform"]])
        for tenant in content["tenants"]:
            self._note(tenant["slug"], [*(tenant[role] for role in STAFF), *tenant["customers"]])
            self._apps[tenant["slug"]] = dict(tenant.get("oauth", {}))

    @classmethod
    def read(cls) -> "_Known":
        try:
            return cls(json.loads(demo_file().read_text()))
        except (OSError, ValueError, KeyError, TypeError):
            return cls({"platform": {}, "tenants": []})

    def of(self, slug: str, email: str) -> Login:
        return self._logins.get((slug, email), {})

    def apps_of(self, slug: str) -> apps.Apps:
        return self._apps.get(slug, {})

    def _note(self, slug: str, logins: list[Login]) -> None:
        self._logins.update({(slug, login["email"]): login for login in logins})
