"""What an owner adds to the record of processing: whom to ask, and what the business does elsewhere."""

from django.db import models

from schemas.models import SchemaBound

LONGEST = 500


class ProcessingContact(SchemaBound):
    """Whom to ask about data: one row, or none where nobody has said so.

    `controller` is who decides what data are for (else the business by the details of its documents), `representative`
    theirs, `officer` the data protection officer; each a few lines with a name and a way to write.
    """

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)
    controller = models.TextField(max_length=LONGEST, blank=True)
    representative = models.TextField(max_length=LONGEST, blank=True)
    officer = models.TextField(max_length=LONGEST, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="processing_contact_one")]

    def __str__(self) -> str:
        return "whom to ask about data"


class ProcessingLine(SchemaBound):
    """An activity that the platform knows nothing of, such as a newsletter: in the owner's words."""

    name = models.CharField(max_length=120)
    what_for = models.CharField(max_length=LONGEST)
    persons = models.CharField(max_length=LONGEST)
    which_data = models.CharField(max_length=LONGEST)
    recipients = models.CharField(max_length=LONGEST, blank=True)
    abroad = models.CharField(max_length=LONGEST, blank=True)
    until = models.CharField(max_length=LONGEST)
    basis = models.CharField(max_length=LONGEST, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name
