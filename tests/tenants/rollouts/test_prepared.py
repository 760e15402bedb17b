"""No session keeps a statement that a migration would spoil ("cached plan must not change result type")."""

import psycopg
import pytest
from django.db import connection
from psycopg import errors

from tests import databases
from tests.tenants.rollouts.schemas import run

OFTEN = 12
"""psycopg prepares what it has seen five times."""
QUESTION = "SELECT * FROM t_template.venues_venue"
CHANGE = "ALTER TABLE t_template.venues_venue ADD COLUMN extra integer"


def asked(cursor):
    """What the question brings, asked often; the number of columns."""
    for _each in range(OFTEN):
        cursor.execute(QUESTION)
    return len(cursor.description)


def test_our_sessions_prepare_nothing(scratch):
    with connection.cursor() as cursor:
        before = asked(cursor)
        cursor.execute("SELECT name FROM pg_prepared_statements")
        assert cursor.fetchall() == []
        with psycopg.connect(databases.url_of(scratch)) as migrator:
            migrator.execute(CHANGE)
        assert asked(cursor) == before + 1


def test_negative_control_a_session_that_prepares_is_spoilt(scratch):
    with psycopg.connect(databases.url_of(scratch), autocommit=True) as session:
        asked(session.cursor())
        run(CHANGE)
        with pytest.raises(errors.FeatureNotSupported, match="cached plan must not change result type"):
            asked(session.cursor())
