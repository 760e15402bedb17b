"""What the web server runs: WSGI threads, for under ASGI the schema was wrong on the event loop every time."""

import logging
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from config import tracing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")
tracing.begin()
application = get_wsgi_application()
logging.captureWarnings(settings.LOG_FORMAT == "json")

from config import starting  # noqa: E402 - Django must be set up first
from tenants import latencies  # noqa: E402 - Django must be set up first

latencies.begin()
starting.check_poolers()
starting.check_nodes()
starting.tell_of_caches_that_fill()
