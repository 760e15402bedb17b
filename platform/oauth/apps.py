from django.apps import AppConfig


class OAuthConfig(AppConfig):
    """Apps of others that act at a tenant: clients, consent, tokens."""

    name = "oauth"

    def ready(self) -> None:
        """The descriptions of the API learn of bearer tokens."""
        from oauth import document  # noqa: F401
