"""Passkeys (WebAuthn): making one, signing in with one, and their end. What authenticators say, py_webauthn judges.

The relying party is the host without its port: a key of one tenant is none at another's host, because browsers do not
offer it there, because its signature names the host, and because its row is in the tenant's own schema.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import webauthn
from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts.models import Authenticator, Passkey, User
from kernel.errors import Invalid, NotFound, Refused
from schemas.clock import database_now
from schemas.keys import salt
from schemas.transactions import transact

MOST = 20
LONGEST_NAME = 60
ALONE = UserVerificationRequirement.REQUIRED
"""A passkey is all that is asked for, so the device makes sure who holds it: a finger, a face or a PIN."""

Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Site:
    """Where the caller is: the host without its port, the whole origin, and what the place is called."""

    rp_id: str
    origin: str
    name: str


def of(user: User) -> QuerySet[Passkey]:
    """Somebody's own passkeys, the newest first."""
    return Passkey.objects.filter(user=user).order_by("-pk")


def asked_to_make(user: User, site: Site) -> tuple[dict[str, Any], str]:
    """What the browser is asked for a new passkey, and the challenge in it; keys that are there are named."""
    known = list(of(user).values_list("credential_id", flat=True))
    options = webauthn.generate_registration_options(
        rp_id=site.rp_id,
        rp_name=site.name,
        user_id=handle_of(user),
        user_name=user.email,
        user_display_name=user.name or user.email,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=ALONE
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(each)) for each in known],
    )
    asked: dict[str, Any] = json.loads(options_to_json(options))
    return asked, asked["challenge"]


def make(user: User, site: Site, challenge: str, said: Said, name: str) -> Passkey:
    """Keep a new passkey. `Invalid`: `passkey_refused` for what does not fit, `too_many_passkeys`."""
    try:
        found = webauthn.verify_registration_response(
            credential=dict(said),
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError) as error:
        raise _refused() from error

    def act() -> Passkey:
        if not User.objects.select_for_update().get(pk=user.pk).is_active:
            raise _refused()
        if of(user).count() >= MOST:
            raise Invalid("too_many_passkeys", _("There are too many passkeys already. Remove one."))
        return Passkey.objects.create(
            user=user,
            credential_id=bytes_to_base64url(found.credential_id),
            public_key=found.credential_public_key,
            sign_count=found.sign_count,
            name=_name(name),
            created_at=database_now(),
        )

    try:
        return transact(act)
    except IntegrityError as error:
        raise _refused() from error


def asked_to_enter(site: Site) -> tuple[dict[str, Any], str]:
    """What the browser is asked to sign in with any passkey of this host, and the challenge in it."""
    options = webauthn.generate_authentication_options(rp_id=site.rp_id, user_verification=ALONE)
    asked: dict[str, Any] = json.loads(options_to_json(options))
    return asked, asked["challenge"]


def enter(site: Site, challenge: str, said: Said) -> User:
    """Whose passkey it is; the way in is the caller's business. `Invalid("passkey_refused")` for any other answer.

    A count that does not grow is a copy of the key (WebAuthn, 6.1.1), and refused.
    """

    def act() -> User:
        rows = Passkey.objects.select_for_update(of=("self",)).select_related("user")
        key = rows.filter(credential_id=str(said.get("id", ""))).first()
        if key is None or not key.user.is_active:
            raise _refused()
        found = webauthn.verify_authentication_response(
            credential=dict(said),
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=bytes(key.public_key),
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
        key.sign_count, key.last_used_at = found.new_sign_count, database_now()
        key.save(update_fields=["sign_count", "last_used_at"])
        return key.user

    try:
        return transact(act)
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError) as error:
        raise _refused() from error


def rename(user: User, passkey_id: int, name: str) -> None:
    """Call an own one something else; `NotFound` for those of others."""
    if not transact(lambda: of(user).filter(pk=passkey_id).update(name=_name(name))):
        raise _unknown()


def remove(user: User, passkey_id: int) -> None:
    """An own one opens nothing any more; `NotFound` for those of others.

    `Refused("second_factor_asked")` for the last thing that an operator has: their password would be enough then.
    """

    def act() -> None:
        User.objects.select_for_update().get(pk=user.pk)
        if not of(user).filter(pk=passkey_id).delete()[0]:
            raise _unknown()
        if user.is_operator and not (of(user).exists() or Authenticator.objects.filter(user=user).exists()):
            raise Refused("second_factor_asked", _("You are to have a second factor here. Set up another one first."))

    transact(act)


def handle_of(user: User) -> bytes:
    """What authenticators know somebody by: 32 bytes that say nothing about them (WebAuthn, 14.6.1)."""
    return salted_hmac(salt("passkey"), str(user.pk), algorithm="sha256").digest()


def _name(name: str) -> str:
    return " ".join(name.split())[:LONGEST_NAME] or _("Passkey")


def _refused() -> Invalid:
    return Invalid("passkey_refused", _("This passkey does not fit here. Please try another way."))


def _unknown() -> NotFound:
    return NotFound("not_found", _("There is no such passkey."))
