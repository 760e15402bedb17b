"""Many bookings at once: chosen in a list, looked at, done by a worker; the page can be left and come back to."""

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import staff_only
from accounts.models import User
from bookings.batches import drafting
from bookings.batches.drafting import MOST
from bookings.batches.foretelling import Wish
from bookings.models import Batch, BatchRow
from desk.bookings import batch_words, finding
from desk.bookings.batch_forms import form_for, wish_of
from desk.bookings.wanted import wanted_of
from desk.callers import staff
from kernel.errors import Away, Busy, Forbidden, NotFound, Refused
from rest.errors import status_of
from schemas.clock import database_now

PER_PAGE = 100
LONGEST_LIST = 20
ONE = "desk-batch"
State, Row = Batch.State, BatchRow.State


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def batches(request: HttpRequest) -> HttpResponse:
    """What was done to many at once, the latest first; or a new draft for what was chosen in a list."""
    user = staff(request)
    if request.method == "POST":
        return _drafted(request, user)
    page = Paginator(drafting.batches_seen_by(user), LONGEST_LIST).get_page(request.GET.get("page"))
    counts = drafting.counts(page)
    people = dict(User.objects.filter(pk__in=[each.created_by_id for each in page]).values_list("pk", "name"))
    rows = [(each, batch_words.summary(each, counts[each.pk]), people.get(each.created_by_id, "")) for each in page]
    return render(request, "desk/bookings/batches.html", {"page": page, "rows": rows})


def _drafted(request: HttpRequest, user: User) -> HttpResponse:
    kind = request.POST.get("kind", "")
    back = request.POST.get("query", "")[:500]
    try:
        batch = drafting.draft(user, _chosen(user, request.POST), Wish(kind))
    except Refused as refusal:
        if isinstance(refusal, Away | Busy | Forbidden | NotFound):
            raise
        messages.error(request, refusal.detail)
        return redirect(batch_words.list_of(kind, back))
    return redirect(ONE, batch.pk)


def _chosen(user: User, sent: QueryDict) -> list[UUID]:
    """The bookings that were ticked, or all that match the filter; one more than may be says that they are too many."""
    if sent.get("all"):
        rows = finding.found(user, wanted_of(user, sent.get("query", "")), database_now())
        return list(rows.values_list("pk", flat=True)[: MOST + 1])
    found = []
    for text in sent.getlist("booking")[: MOST + 1]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """What would become of each booking, or what has; while it is under way the page asks for its first part anew."""
    user = staff(request)
    found = drafting.one(user, batch_id)
    if request.headers.get("HX-Request"):
        return _progress(request, found)
    sent = request.method == "POST"
    form = form_for(user, found, request.POST if sent else None)
    refusal = None
    if sent and (form is None or form.is_valid()):
        try:
            drafting.change(user, batch_id, wish_of(found.kind, form.cleaned_data if form else {}))
        except Refused as no:
            if isinstance(no, Away | Busy | Forbidden | NotFound):
                raise
            refusal = no
        else:
            return redirect(ONE, batch_id)
    context = {**_context(request, found), "form": form, "refusal": refusal}
    status = status_of(refusal) if refusal else HTTPStatus.BAD_REQUEST if sent else 200
    return render(request, "desk/bookings/batch.html", context, status=status)


def _progress(request: HttpRequest, found: Batch) -> HttpResponse:
    answer = render(request, "desk/bookings/batch_progress.html", _context(request, found))
    if found.state != State.RUNNING:
        answer["HX-Refresh"] = "true"
    return answer


def _context(request: HttpRequest, found: Batch) -> dict[str, object]:
    counts = drafting.counts([found])[found.pk]
    rows = found.rows.select_related("booking__resource__venue", "booking__customer").order_by("number")
    state = request.GET.get("state", "")
    if state in Row.values:
        rows = rows.filter(state=state)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    total = sum(counts.values())
    return {
        "batch": found,
        "counts": [(label, counts[name], name) for name, label in Row.choices if counts[name]],
        "ready": counts[Row.WAITING],
        "left": counts[Row.LEFT],
        "refused": counts[Row.REFUSED],
        "done": counts[Row.DONE] + counts[Row.REFUSED],
        "total": total - counts[Row.LEFT],
        "unfinished": counts[Row.REFUSED] + (counts[Row.WAITING] if found.state == State.STOPPED else 0),
        "is_draft": found.state == State.DRAFT,
        "is_at_work": found.state == State.RUNNING,
        "is_complete": batch_words.is_complete(found),
        "words": batch_words.words_of(found, counts),
        "sums": batch_words.sums_of(found),
        "who": User.objects.filter(pk=found.created_by_id).values_list("name", flat=True).first() or "",
        "page": page,
        "rows": [(row, batch_words.row_words(found, row)) for row in page],
        "state": state if state in Row.values else "",
        "query": f"state={state}&" if state in Row.values else "",
        "figures": drafting.figures_of(found) if found.state == State.DRAFT else "",
        "letters_go": batch_words.letters_go(found),
        "sample": batch_words.sample_of(found, page.object_list),
    }


@staff_only
@require_POST
def go(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Do what was shown."""
    return _said(request, batch_id, lambda user: drafting.go(user, batch_id, request.POST.get("shown", "")))


@staff_only
@require_POST
def stop(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Do no more of it."""
    return _said(request, batch_id, lambda user: drafting.stop(user, batch_id))


@staff_only
@require_POST
def again(request: HttpRequest, batch_id: int) -> HttpResponse:
    """A new draft of the same for what was refused."""
    return _said(request, batch_id, lambda user: drafting.again(user, batch_id))


def _said(request: HttpRequest, batch_id: int, act: batch_words.Act) -> HttpResponse:
    try:
        found = act(staff(request))
    except Refused as refusal:
        if isinstance(refusal, Away | Busy | Forbidden | NotFound):
            raise
        messages.error(request, refusal.detail)
        return redirect(ONE, batch_id)
    return redirect(ONE, found.pk)
