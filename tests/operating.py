"""Somebody who runs the platform, with a phone that shows codes, and the way in for tests."""

import pyotp
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django_tenants.utils import schema_context

from accounts import codes, required
from accounts.models import Authenticator, Role, User
from accounts.sessions import SINCE, SessionStore
from operators.models import Operator, Rank
from outside import vault
from schemas.clock import database_now
from tests.flows.pages import Page, Visitor
from tests.worlds import PASSWORD

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PLATFORM = "localhost"


def make_operator(email: str, rank: str = Rank.ADMIN, *, has_phone: bool = True, name: str = "Olaf Operator") -> User:
    """An operator of a rank, whose authenticator is set up."""
    with schema_context("public"):
        user = User.objects.create_user(email, PASSWORD, role=Role.OPERATOR, name=name)
        Operator.objects.create(user=user, rank=rank)
        if has_phone:
            Authenticator.objects.create(user=user, sealed=vault.seal(SECRET), created_at=database_now())
    return user


def code_of(email: str) -> str:
    """What the phone shows now; that it was used already is forgotten."""
    with schema_context("public"):
        Authenticator.objects.filter(user__email=email).update(last_step=0)
        return str(pyotp.TOTP(SECRET).generate_otp(int(database_now().timestamp()) // codes.STEP))


def sign_in(someone: Visitor, email: str, then: str = "") -> Page:
    """By password and code, as people do."""
    page = someone.sign_in(email, PASSWORD, then)
    assert page.path == "/login/code/", page.text
    return someone.send(page, page.form_with("code"), code=code_of(email))


def session_of(user: User) -> str:
    """The key of a session in which somebody has proved both factors, as the two forms leave it."""
    with schema_context("public"):
        row = SessionStore()
        row[SESSION_KEY], row[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
        row[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        row[required.PROVEN], row[SINCE] = True, database_now().isoformat()
        row["signed_in_at"] = row[SINCE]
        row.create()
    return str(row.session_key)
