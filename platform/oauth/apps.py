from django.apps import AppConfig


class OAuthConfig(AppConfig):
    """Apps of others that act at a tenant: clients, consent, tokens."""

    name = "oauth"

    def ready(self) -> None:
        """The descriptions of the API learn of bearer tokens, and its answers of pages elsewhere."""
        from oauth import browsers, document  # noqa: F401
