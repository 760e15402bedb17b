"""The product's worker with Celery's own consumer, for what ours is there for."""

from config.celery import app

app.conf.worker_consumer = "celery.worker.consumer:Consumer"
