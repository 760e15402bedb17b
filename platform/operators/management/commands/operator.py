"""`manage.py operator`: somebody who runs the platform."""

import argparse
import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from accounts import whereabouts
from accounts.models import Role, User
from bookings.own import letters, securing
from operators import hearing, record
from operators.models import Operator, Rank


class Command(BaseCommand):
    """Makes one, or changes the rank of one; and what is done when somebody cannot get in, or must not."""

    help = (
        "Makes an operator of the platform and shows a password once, or gives an operator who is there another rank. "
        "They set up two-factor sign-in when they sign in first."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Who, and as what."""
        parser.add_argument("email", help="the address that they sign in with")
        parser.add_argument("--name", default="", help="what colleagues read")
        parser.add_argument("--rank", choices=Rank.values, default=Rank.READER, help="what they may (default: reader)")
        acts = parser.add_mutually_exclusive_group()
        acts.add_argument("--gone", action="store_true", help="they may not sign in any more, from now on")
        acts.add_argument(
            "--reset-second-factor",
            action="store_true",
            help="take app, codes and passkeys away, for a phone that is lost; they set one up at the next sign-in",
        )
        acts.add_argument(
            "--new-password", action="store_true", help="show a new password once; they are signed out everywhere"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make, change, or shut out."""
        email = options["email"].strip().lower()
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"{email} is not an e-mail address.") from error
        acts = {"gone": self._shut_out, "reset_second_factor": self._reset, "new_password": self._renew}
        for name, act in acts.items():
            if options[name]:
                act(email)
                return
        password = secrets.token_urlsafe(12)
        with transaction.atomic():
            user, is_new = User.objects.get_or_create(email=email, defaults={"role": Role.OPERATOR})
            user.role, user.is_active, user.name = Role.OPERATOR, True, options["name"] or user.name
            if is_new:
                user.set_password(password)
            user.save()
            Operator.objects.update_or_create(user=user, defaults={"rank": options["rank"]})
            record.note(None, "operator", about=f"{email}: {options['rank']}")
        self.stdout.write(f"{email} is {options['rank']}.")
        if is_new:
            self.stdout.write(f"Password: {password}")

    def _shut_out(self, email: str) -> None:
        with transaction.atomic():
            user = _known(email)
            User.objects.filter(pk=user.pk).update(is_active=False)
            whereabouts.end_all(user)
            record.note(None, "operator", about=f"{email}: gone")
        self.stdout.write(f"{email} may not sign in any more.")

    def _reset(self, email: str) -> None:
        with transaction.atomic():
            securing.take_away(_known(email))  # which is recorded
        self.stdout.write(f"{email} sets up two-factor sign-in at the next sign-in. Every session is over.")

    def _renew(self, email: str) -> None:
        password = secrets.token_urlsafe(12)
        with transaction.atomic():
            user = _known(email)
            user.set_password(password)
            user.save(update_fields=["password"])
            whereabouts.end_all(user)
            written = record.note(None, "operator", about=f"{email}: new password")
            hearing.tell(email, str(written.pk), letters.password_changed.__name__)
        self.stdout.write(f"Password: {password}")


def _known(email: str) -> User:
    found = User.objects.select_for_update().filter(email=email, role=Role.OPERATOR).first()
    if found is None:
        raise CommandError(f"There is no operator {email}.")
    return found
