from django.apps import AppConfig


class WebsiteConfig(AppConfig):
    """The platform's public site."""

    name = "website"

    def ready(self) -> None:
        """Register what is read with each tenant."""
        from website import agreeing  # noqa: F401
