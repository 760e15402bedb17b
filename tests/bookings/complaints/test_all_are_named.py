"""What people complain about in other systems, as far as it is about booking: every one of these has a test here.

Collected for issue 3 (double bookings, approval, clock changes, unpaid time, refunds, buffers, stolen slots, slow
lists, series, combinations, waiting lists, paid bookings, deposits, members, closures). Payments at Stripe, calendars,
mail and widgets come with those.
"""

import re
from pathlib import Path

TESTS = Path(__file__).parents[2]
COMPLAINTS = """
librebooking#147 #66 #370 PR 373 #522 #1220 PR 1235 #344 #232
cal.diy PR 28151 PR 27477 #10789 #1092 #2250 #4702 PR 28519 PR 24436 #2170 #16208 #13916 PR 13924 #13927 #16858 #693
cal.diy #3662 #14868 #17414 #24253 #5386 #5744 #10973 #5277 #4836 #14810 #9517 #16387 PR 11774 #5754 #13745 #2481
cal.diy PR 28793 #11264
easyappointments#31 #845 #982 #1217 #1783 #910 #432 booking-js#76 Appointments#689 indico#3825 #4129 #1289 #4180
mrbs-code#383 #2812 #2062 #1012 seatsurfing#19 #196 #607 #1691 #2204 #2557 padelcampus#41
pretix#2598 #310 #1030 #1240 #1405 ManageHub#1334 parks-reso-api#358 nosht#106 commons-booking-2#188 appointment#243
rooms#15 gather#308 calendar#3619 classroombookings#79 respa#294 booking-activities#70 #226 suggestions#1564 #4468
civibooking#45 ep3-bs#621 #629 CommonsBooking_1#87 commonsbooking#920
"""


def named_in(text: str) -> set[tuple[str, str]]:
    """Project and number of every complaint; one without a project is of the project before it."""
    found, project = set(), ""
    for match in re.finditer(r"[A-Za-z][\w./-]*(?=#| PR )|#\d+|\bPR \d+", text):
        token = match.group()
        if token.startswith(("#", "PR ")):
            found.add((project, re.sub(r"\D", "", token)))
        else:
            project = token.rpartition("/")[2]
    return found


def test_every_complaint_is_named_by_a_test() -> None:
    sources = [path for path in TESTS.rglob("test_*.py") if path != Path(__file__)]
    told = {complaint for path in sources for complaint in named_in(path.read_text())}
    wanted = named_in(COMPLAINTS.replace("cal.diy #", "cal.diy#"))
    assert len(wanted) == 90
    assert wanted - told == set()


def test_projects_carry_over_to_the_numbers_after_them() -> None:
    assert named_in("a/b#1, #2, PR 3; c.d PR 4 (why), #5") == {
        *(("b", number) for number in "123"),
        *(("c.d", number) for number in "45"),
    }
