"""Settings of the tests, with a database backend that trusts its memory."""

from config.settings.test import *  # noqa: F403
from config.settings.test import DATABASES as TESTS

DATABASES = {"default": {**TESTS["default"], "ENGINE": "tests.isolation.trusting"}}
