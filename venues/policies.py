"""Cancellation policies never change: a new version takes the old one's place, and bookings keep theirs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, connection
from django.db.models import ProtectedError, QuerySet, RestrictedError
from django.utils.translation import gettext as _

from kernel.errors import Conflict
from schemas.transactions import transact
from venues.models import FULL, CancellationPolicy, CancellationStep, Resource, Venue


@dataclass(frozen=True, slots=True)
class PolicyStep:
    """A step to be: `percent` in basis points, `fee_minor` in minor units of the venue's currency."""

    minutes_before: int = 0
    percent: int = 0
    fee_minor: int = 0
    keeps_deposit: bool = False
    group_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A policy to be; `no_show_percent` in basis points."""

    name: str
    steps: Sequence[PolicyStep] = ()
    grace_minutes: int = 0
    no_show_percent: int = FULL


def current() -> QuerySet[CancellationPolicy]:
    """The policies that new bookings may be made under: those that no newer version replaces."""
    return CancellationPolicy.objects.filter(replaced_by=None)


def create(draft: Draft) -> CancellationPolicy:
    """A policy with its steps. Raises Django's `ValidationError` for what makes no sense."""
    return transact(lambda: _written(draft))


def revise(policy: CancellationPolicy, new: Draft) -> CancellationPolicy:
    """Make the new version, and point venues and resources to it; bookings keep the old one.

    Raises `Conflict("policy_replaced")` for a version that has been replaced already.
    """

    def act() -> CancellationPolicy:
        # Resources, venues, policy: the order in which those lock who choose a policy.
        for model in (Resource, Venue):
            pointing = model._default_manager.filter(cancellation_policy=policy.pk).order_by("pk")
            list(pointing.select_for_update(no_key=True, of=("self",)).values_list("pk"))
        old = open_to_choice().filter(pk=policy.pk).first()
        if old is None:
            raise Conflict("policy_replaced", _("There is a newer version of this policy."))
        made = _written(new)
        CancellationPolicy.objects.filter(pk=old.pk).update(replaced_by=made)
        Resource.objects.filter(cancellation_policy=old).update(cancellation_policy=made)
        Venue.objects.filter(cancellation_policy=old).update(cancellation_policy=made)
        return made

    return transact(act)


def remove(policy: CancellationPolicy) -> None:
    """Take a policy away that no venue, resource or booking was ever under. Raises `Conflict("in_use")`."""

    def act() -> None:
        try:
            policy.delete()
            with connection.cursor() as cursor:
                # Foreign keys are looked at when the transaction ends: too late for an answer.
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        except (ProtectedError, RestrictedError, IntegrityError) as error:
            raise Conflict("in_use", _("This is in use, so it cannot be deleted.")) from error

    transact(act)


def open_to_choice() -> QuerySet[CancellationPolicy]:
    """Current policies, locked as they are read: no newer version comes before whoever chooses one commits."""
    return current().select_for_update(no_key=True, of=("self",))


def _written(draft: Draft) -> CancellationPolicy:
    policy = CancellationPolicy(
        name=draft.name, grace_minutes=draft.grace_minutes, no_show_percent=draft.no_show_percent
    )
    policy.full_clean()
    policy.save()
    CancellationStep.objects.bulk_create(_steps(policy, draft.steps))
    return policy


def _steps(policy: CancellationPolicy, steps: Iterable[PolicyStep]) -> Iterable[CancellationStep]:
    for step in steps:
        yield CancellationStep(
            policy=policy,
            minutes_before=step.minutes_before,
            percent=step.percent,
            fee_minor=step.fee_minor,
            keeps_deposit=step.keeps_deposit,
            group_id=step.group_id,
            reason=step.reason,
        )
