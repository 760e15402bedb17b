"""The Django project. Importing it makes `shared_task` find our Celery app."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
