"""Numbers of documents: one series for each kind and year, without a gap.

`RE-2026-0001` is an invoice, `RC-` a receipt, `CN-` a credit note; the year is that of the day of issue where the
business is, and the digits grow beyond four by themselves. The series' row is locked until the transaction in which
the document is written ends: a number is given out together with its document or not at all (14(4) no. 4 UStG asks
for numbers that occur once; auditors ask for no gaps).
"""

from datetime import date

from billing.payments.models import Document, DocumentCounter
from kernel import failpoints

Kind = Document.Kind
LETTERS = {Kind.INVOICE: "RE", Kind.RECEIPT: "RC", Kind.CREDIT_NOTE: "CN"}


def next_number(kind: Document.Kind, day: date) -> str:
    """The next number of a kind. In the transaction of the document, as late as possible: others wait behind it."""
    series = f"{LETTERS[kind]}-{day.year}-"
    counter = _locked(series)
    counter.last += 1
    counter.save(update_fields=["last"])
    return f"{series}{counter.last:04}"


def _locked(series: str) -> DocumentCounter:
    rows = DocumentCounter.objects.filter(series=series)
    if not failpoints.hit("numbering.locked"):  # the negative control of the race reads without it
        rows = rows.select_for_update()
    found = rows.first()
    if found is None:
        DocumentCounter.objects.bulk_create([DocumentCounter(series=series)], ignore_conflicts=True)
        found = rows.get()
    failpoints.hit("numbering.read")
    return found
