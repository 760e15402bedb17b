"""What the web server runs: WSGI threads, for under ASGI the schema was wrong on the event loop every time."""

import os

import psycopg
from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")
application = get_wsgi_application()

from tenants.pooling import refuse_transaction_pooling  # noqa: E402 - Django must be set up first

refuse_transaction_pooling(lambda: psycopg.connect(settings.DATABASE_URL, autocommit=True))
