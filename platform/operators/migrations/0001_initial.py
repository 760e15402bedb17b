import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("tenants", "0001_initial"),  # has public.refuse_change
    ]

    operations = [
        migrations.CreateModel(
            name="Operator",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="operator",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "rank",
                    models.CharField(
                        choices=[
                            ("reader", "Reader"),
                            ("support", "Support"),
                            ("finance", "Finance"),
                            ("admin", "Administrator"),
                        ],
                        default="reader",
                        max_length=8,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("rank__in", ["reader", "support", "finance", "admin"])),
                        name="operator_rank_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OperatorAct",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("email", models.CharField(blank=True, max_length=254)),
                ("kind", models.CharField(max_length=40)),
                ("schema_name", models.CharField(blank=True, max_length=63)),
                ("tenant_name", models.CharField(blank=True, max_length=120)),
                ("about", models.CharField(blank=True, max_length=400)),
                ("reason", models.CharField(blank=True, max_length=400)),
            ],
            options={
                "ordering": ["-at", "-pk"],
                "indexes": [
                    models.Index(fields=["-at", "-id"], name="operatoract_newest"),
                    models.Index(fields=["schema_name", "-at"], name="operatoract_of_tenant"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LookIn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.CharField(max_length=254)),
                ("name", models.CharField(max_length=150)),
                ("schema_name", models.CharField(max_length=63)),
                ("user_id", models.BigIntegerField()),
                ("role", models.CharField(max_length=16)),
                ("reason", models.CharField(max_length=400)),
                ("may_change", models.BooleanField(default=False)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("link_until", models.DateTimeField()),
                ("opened", models.CharField(blank=True, max_length=64, null=True, unique=True)),
                ("started_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "operator",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["schema_name", "-id"], name="look_in_of_tenant")],
            },
        ),
        migrations.RunSQL(
            sql="CREATE TRIGGER operatoract_append_only BEFORE UPDATE OR DELETE ON operators_operatoract"
            " FOR EACH ROW EXECUTE FUNCTION public.refuse_change()",
            reverse_sql="DROP TRIGGER operatoract_append_only ON operators_operatoract",
        ),
        migrations.CreateModel(
            name="Reconciled",
            fields=[
                ("schema_name", models.CharField(max_length=63, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("found", models.PositiveIntegerField()),
                ("healed", models.PositiveIntegerField()),
                (
                    "left",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=300), blank=True, default=list, size=None
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TenantDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("schema_name", models.CharField(max_length=63)),
                ("standing", models.CharField(blank=True, max_length=20)),
                ("plan", models.CharField(blank=True, max_length=30)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("mrr_minor", models.PositiveBigIntegerField(null=True)),
                ("bookings", models.PositiveIntegerField()),
                ("resources", models.PositiveIntegerField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["day"], name="tenantday_day")],
                "constraints": [models.UniqueConstraint(fields=("schema_name", "day"), name="tenantday_once")],
            },
        ),
        migrations.CreateModel(
            name="TenantTakings",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("schema_name", models.CharField(max_length=63)),
                ("currency", models.CharField(max_length=3)),
                ("payments", models.PositiveIntegerField()),
                ("volume_minor", models.PositiveBigIntegerField()),
                ("fees_minor", models.PositiveBigIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["day"], name="tenanttakings_day")],
                "constraints": [
                    models.UniqueConstraint(fields=("schema_name", "day", "currency"), name="tenanttakings_once")
                ],
            },
        ),
    ]
