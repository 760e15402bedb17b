"""The record of what was changed. PostgreSQL writes it: `public.record_change` (tenants), a trigger for each table."""

from django.db import migrations, models

CONNECTION_LEFT_OUT = (
    "id,account,remote_id,cursor,channel_id,channel_expires_at,state,failures,last_error,checked_at,synced_at,"
    "resting_until,created_by_id,created_at"
)
ARCHIVE_LEFT_OUT = (
    "id,asked_by_id,asked_at,ready_at,expires_at,step,source,after,part,written,chunks,entries,done,expected"
)
# A table, its columns that are left out, and those of which the record only says that they changed.
RECORDED = [
    ("venues_venue", "id", ""),
    ("venues_resource", "id,public_id", ""),
    ("venues_openinghours", "id", ""),
    ("venues_closure", "id,created_by_id,created_at", ""),
    ("venues_product", "id,public_id", ""),
    ("venues_product_resources", "id", ""),
    ("venues_extraoffer", "id", ""),
    ("venues_customfield", "id", ""),
    ("venues_rate", "id", ""),
    ("venues_quota", "id", ""),
    ("venues_cancellationpolicy", "id", ""),
    ("venues_cancellationstep", "id", ""),
    ("venues_voucher", "id", ""),
    ("venues_voucher_resources", "id", ""),
    ("venues_pack", "id", ""),
    ("venues_pack_resources", "id", ""),
    ("venues_membershipplan", "id", ""),
    ("venues_customergroup", "id", ""),
    ("venues_membership", "id", ""),
    ("venues_shownpicture", "id,picture_id", ""),
    ("venues_venueassignment", "id", ""),
    ("venues_invitation", "id,created_at,expires_at,invited_by_id", "email"),
    ("bookings_messagerule", "id", ""),
    ("bookings_messagetemplate", "id,updated_at,updated_by_id", ""),
    ("bookings_messagesettings", "id", ""),
    ("bookings_retentionrule", "id", ""),
    (
        "bookings_webhookendpoint",
        "id,agent,old_until,failing_since,not_before,created_by_id,created_at",
        "sealed,sealed_old",
    ),
    (
        "bookings_connection",
        CONNECTION_LEFT_OUT,
        "sealed",
    ),
    ("payments_businessdetails", "id", ""),
    ("oauth_application", "id,client_id,user_id,created,updated,skip_authorization,algorithm", "client_secret"),
    ("accounts_secondfactorrule", "id", ""),
    ("desk_archive", ARCHIVE_LEFT_OUT, ""),
    ("desk_lookedin", "id", ""),
    ("desk_lookinrule", "id", ""),
    ("desk_processingcontact", "id", ""),
    ("desk_processingline", "id", ""),
    ("payments_bookkeepingsettings", "id", ""),
    ("payments_ledgeraccount", "id", ""),
]
# Ways in of those who work here, when they are made, changed or gone, never when they are used: as above, and when.
WAYS_IN = [
    ("accounts_accesstoken", "id,digest,prefix,last_used_at,created_at", "", "name, scopes, expires_at"),
    ("accounts_passkey", "id,credential_id,public_key,sign_count,created_at,last_used_at", "", "name"),
    ("accounts_authenticator", "id,last_step,created_at", "sealed", "sealed"),
]
# Of people only those who work here, and of them what they may do: (name, when, whose row).
PEOPLE_LEFT_OUT = (
    "id,last_login,email,name,phone,language,verified_at,sign_outs,second_factor_from,erased_at,created_at"
)
PEOPLE = [
    ("INSERT", "NEW.role <> 'customer'"),
    ("UPDATE", "OLD.role <> 'customer' OR NEW.role <> 'customer'"),
    ("DELETE", "OLD.role <> 'customer'"),
]


def triggers():
    """One statement for each trigger; names are our own, so they can be pasted."""
    made = [
        f"CREATE TRIGGER {table}_recorded AFTER INSERT OR UPDATE OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION public.record_change('{left_out}', '{hidden}');"
        for table, left_out, hidden in RECORDED
    ]
    made += [
        f"CREATE TRIGGER {table}_recorded AFTER INSERT OR DELETE OR UPDATE OF {columns} ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION public.record_change('{left_out}', '{hidden}', 'user_id');"
        for table, left_out, hidden, columns in WAYS_IN
    ]
    return made + [
        f"CREATE TRIGGER accounts_user_recorded_{act.lower()} AFTER {act} ON accounts_user FOR EACH ROW WHEN ({when})"
        f" EXECUTE FUNCTION public.record_change('{PEOPLE_LEFT_OUT}', 'password');"
        for act, when in PEOPLE
    ]


MADE = triggers()


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0001_initial"),
        ("accounts", "0001_initial"),
        ("bookings", "0001_initial"),
        ("oauth", "0001_initial"),
        ("payments", "0001_initial"),
        ("venues", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                (
                    "actor_kind",
                    models.CharField(
                        choices=[
                            ("person", "somebody who was signed in"),
                            ("site", "a visitor who was not signed in"),
                            ("platform", "somebody of Forecourt"),
                            ("clock", "the clock"),
                        ],
                        max_length=8,
                    ),
                ),
                ("actor_id", models.BigIntegerField(blank=True, null=True)),
                ("thing", models.CharField(max_length=64)),
                ("thing_id", models.CharField(blank=True, max_length=64)),
                (
                    "act",
                    models.CharField(
                        choices=[("insert", "made"), ("update", "changed"), ("delete", "removed")], max_length=6
                    ),
                ),
                ("label", models.CharField(blank=True, max_length=160)),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField(default=dict)),
            ],
            options={
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(fields=["actor_id", "id"], name="change_of_person"),
                    models.Index(fields=["thing", "thing_id", "id"], name="change_of_thing"),
                    models.Index(fields=["at"], name="change_at"),
                ],
            },
        ),
        migrations.RunSQL(
            sql="CREATE TRIGGER change_append_only BEFORE UPDATE OR DELETE ON desk_change"
            " FOR EACH ROW EXECUTE FUNCTION public.refuse_change()",
            reverse_sql="DROP TRIGGER change_append_only ON desk_change",
        ),
        migrations.RunSQL(sql=MADE, reverse_sql=migrations.RunSQL.noop),
    ]
