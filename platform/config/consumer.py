"""What of a Celery worker reads the broker: ours lives on when Redis goes while it works."""

from celery.worker import consumer
from kombu.common import ignore_errors

__all__ = ["Consumer"]


class Consumer(consumer.Consumer):
    """Celery's own, which ends its worker when Redis goes while one process works and another one waits for work.

    Closing the channel begins with reading the reply that is waited for, and that fails. Celery 5.7 then takes the
    channel's connection away and closes it again: to say which messages it has not done, it asks the connection that it
    no longer has, and an `AttributeError` is no trouble with the broker. Here the reply is given up while there is a
    connection. `tests/races/test_workers.py` says when Celery does without this.
    """

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Let go of the connection that broke, and of nothing else."""
        if (connection := self.connection) is not None:
            with ignore_errors(connection):
                connection.maybe_close_channel(connection.default_channel)
        super().on_connection_error_after_connected(exc)
