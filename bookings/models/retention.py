"""How long a business keeps what names its customers, and who was told that their time is nearly over."""

from django.db import models
from django.db.models import Q

from accounts.models import User
from schemas.models import SchemaBound

MONTHS = (6, 12, 24, 36, 72, 120)
"""What owners may choose from."""


class RetentionRule(SchemaBound):
    """After so many months: one row, or none for what is usual. `bookings.own.lapsing` keeps to it.

    Of an account they count from the last dealing with it, of a guest from the last one with the address, and of words
    (notes, answers, messages, files, who came along) from the booking's end. Nothing goes before `not_before`, which a
    shorter time puts off.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    account_months = models.PositiveSmallIntegerField(default=36)
    guest_months = models.PositiveSmallIntegerField(default=36)
    word_months = models.PositiveSmallIntegerField(default=24)
    not_before = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="retention_rule_one"),
            models.CheckConstraint(
                condition=Q(account_months__in=MONTHS, guest_months__in=MONTHS, word_months__in=MONTHS),
                name="retention_months_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_months}, {self.guest_months}, {self.word_months} months"


class RetentionNotice(SchemaBound):
    """Somebody with an account was told `at` that it goes: it counts as long as they have not come back since."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="retention_notice")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id} was told {self.at:%F}"
