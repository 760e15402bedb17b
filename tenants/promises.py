"""What is measured of the platform's promises, and kept: proofs, days and how long answers took."""

from django.db import models


class Proof(models.Model):
    """When a tenant's promise was proved last, and how many faults were found: a row for each tenant at work.

    `begun_at` orders who is next, `since` is when the first proof was owed. `tenants.proofs` writes them.
    """

    schema_name = models.CharField(max_length=63, primary_key=True)
    begun_at = models.DateTimeField(db_index=True)  # serves "who is next"
    since = models.DateTimeField()
    proved_at = models.DateTimeField(null=True)
    faults = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.faults} faults in {self.schema_name}"


class VitalDay(models.Model):
    """How a promise of the platform was kept on a day (UTC): how often it was looked at, and how often broken."""

    name = models.CharField(max_length=40)
    day = models.DateField()
    looks = models.PositiveIntegerField()
    broken = models.PositiveIntegerField()
    worst = models.FloatField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "day"], name="vitalday_once")]

    def __str__(self) -> str:
        return f"{self.name} on {self.day}"


class Latency(models.Model):
    """How many answers of a kind took so long in a minute; `tenants.latencies` says how long a bucket is."""

    name = models.CharField(max_length=40)
    minute = models.DateTimeField()
    bucket = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()

    class Meta:
        # Serves the reading too: a kind's last minutes.
        constraints = [models.UniqueConstraint(fields=["name", "minute", "bucket"], name="latency_once")]

    def __str__(self) -> str:
        return f"{self.number} of {self.name}"
