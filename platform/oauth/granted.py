"""Which scopes a client may ask for: those that it was given when it was registered."""

from typing import Any

from oauth2_provider.scopes import BaseScopes

from oauth.models import Application
from rest.scopes import SCOPES


class ClientScopes(BaseScopes):
    """The toolkit's question about scopes, answered by `rest.scopes` and the client."""

    def get_all_scopes(self) -> dict[str, Any]:
        """Every scope with its words."""
        return SCOPES

    def get_available_scopes(self, application: Application | None = None, request: Any = None) -> list[str]:
        """What this client may ask for."""
        return list(SCOPES) if application is None else application.scopes

    def get_default_scopes(self, application: Application | None = None, request: Any = None) -> list[str]:
        """What a client means that names none: all that it was given."""
        return self.get_available_scopes(application)
