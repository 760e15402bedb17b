"""What T01 is about, built on purpose: a thread that asks for the schema it set last does not set it again.

It saves a statement, and is right until the pool gives the thread a connection that another one has used meanwhile.
"""

from typing import Any

from schemas.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """The product's backend without its protection."""

    set_last = ""

    def _handle_search_path(self, cursor: Any = None) -> None:
        if self.schema_name != self.set_last:
            super()._handle_search_path(cursor)
            self.set_last = self.schema_name
