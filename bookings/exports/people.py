"""The export of customers: those who have an account."""

from collections.abc import Iterator, Sequence

from django.db.models import Count, Max, Q, QuerySet

from accounts.models import User
from bookings.exports import lasting
from bookings.exports.bookings import stamp
from bookings.exports.writing import Row, Rows, Sheet
from bookings.states import State

COLUMNS = ("id", "email", "name", "phone", "groups", "bookings", "last_booking", "is_active", "created_at")
WORDS = frozenset({"email", "name", "phone", "groups"})
BETWEEN = "|"
"""Between the names of groups, here and in the import."""
COUNTED = frozenset({State.CONFIRMED, State.COMPLETED, State.NO_SHOW})


def sheet(customers: QuerySet[User]) -> Sheet:
    """These customers, by the number of their account."""

    def each(packed: Sequence[int]) -> Iterator[Row]:
        counted = Q(bookings__state__in=COUNTED)
        whole = User.objects.annotate(
            made=Count("bookings", filter=counted), last=Max("bookings__start", filter=counted)
        ).prefetch_related("memberships__group")
        for piece in lasting.by_number(packed, whole):
            yield from (_row(user) for user in piece)

    def rows() -> Rows:
        packed = lasting.numbers_of(customers.order_by("pk"))
        return Rows(len(packed), each(packed))

    return Sheet("customers", COLUMNS, frozenset(COLUMNS) - WORDS, rows)


def _row(user: User) -> Row:
    made: int = user.made  # type: ignore[attr-defined]
    return {
        "id": user.pk,
        "email": user.email,
        "name": user.name,
        "phone": user.phone,
        "groups": BETWEEN.join(sorted(member.group.name for member in user.memberships.all())),
        "bookings": made,
        "last_booking": stamp(user.last),  # type: ignore[attr-defined]
        "is_active": user.is_active,
        "created_at": stamp(user.created_at),
    }
