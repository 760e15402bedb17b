"""v1's shapes of clients, in and out."""

from typing import Any

from rest_framework import serializers

from oauth import clients
from oauth.clients import LONGEST_ADDRESS, MOST_ADDRESSES, Wish
from oauth.models import Application
from rest.fields import BIGINT_MAX, InstantField
from rest.scopes import SCOPES

GRANTS = {"authorization_code": Application.CODE, "client_credentials": Application.CREDENTIALS}
"""As RFC 6749 spells them, and as the toolkit does."""
KINDS = {"server": clients.SERVER, "app": clients.APP}


def _addresses() -> serializers.ListField:
    child = serializers.CharField(max_length=LONGEST_ADDRESS)
    return serializers.ListField(child=child, required=False, max_length=MOST_ADDRESSES)


class ClientIn(serializers.Serializer[Any]):
    """What a client is to be. `acts_as` is a member of staff, for `client_credentials`."""

    name = serializers.CharField(max_length=80)
    kind = serializers.ChoiceField(choices=list(KINDS))
    grants = serializers.ListField(child=serializers.ChoiceField(choices=list(GRANTS)), max_length=len(GRANTS))
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=list(SCOPES)), max_length=len(SCOPES))
    redirect_uris = _addresses()
    allowed_origins = _addresses()
    acts_as = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=BIGINT_MAX)

    def wish(self, before: Wish | None = None) -> Wish:
        """What was sent; what was not, as it is."""
        sent = dict(self.validated_data)
        if "kind" in sent:
            sent["kind"] = KINDS[sent["kind"]]
        if "grants" in sent:
            sent["grants"] = tuple(GRANTS[name] for name in sent["grants"])
        old = before or Wish(name="", kind="", grants=(), scopes=())
        return Wish(
            name=sent.get("name", old.name),
            kind=sent.get("kind", old.kind),
            grants=sent.get("grants", old.grants),
            scopes=tuple(sent.get("scopes", old.scopes)),
            redirect_uris=tuple(sent.get("redirect_uris", old.redirect_uris)),
            allowed_origins=tuple(sent.get("allowed_origins", old.allowed_origins)),
            acts_as=sent.get("acts_as", old.acts_as),
        )


class ClientOut(serializers.Serializer[Application]):
    """A client. Its secret is shown when it is made, and never again."""

    id = serializers.IntegerField()
    client_id = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.SerializerMethodField()
    grants = serializers.SerializerMethodField()
    scopes = serializers.ListField(child=serializers.CharField())
    redirect_uris = serializers.SerializerMethodField()
    allowed_origins = serializers.SerializerMethodField()
    acts_as = serializers.IntegerField(source="acts_as_id", allow_null=True)
    is_enabled = serializers.BooleanField()
    created_at = InstantField(source="created")
    updated_at = InstantField(source="updated")

    def get_kind(self, client: Application) -> str:
        """`server` or `app`."""
        return next(name for name, kind in KINDS.items() if kind == client.client_type)

    def get_grants(self, client: Application) -> list[str]:
        """`authorization_code`, `client_credentials`."""
        return [name for name, grant in GRANTS.items() if grant in client.grants]

    def get_redirect_uris(self, client: Application) -> list[str]:
        """Where people may return to."""
        return list(client.redirect_uris.split())

    def get_allowed_origins(self, client: Application) -> list[str]:
        """Where its pages may call from."""
        return list(client.allowed_origins.split())


class ClientWithSecret(ClientOut):
    """A client with its new secret; empty for an app, which has none."""

    client_secret = serializers.SerializerMethodField()

    def get_client_secret(self, _client: Application) -> str:
        """Shown this once."""
        return str(self.context["secret"])


class AllowedByOut(serializers.Serializer[Any]):
    """Somebody who allowed a client."""

    user = serializers.IntegerField(source="user.pk")
    email = serializers.CharField(source="user.email")
    scopes = serializers.ListField(child=serializers.CharField())
    since = InstantField()
    used_at = InstantField()


class AppOut(serializers.Serializer[Any]):
    """An app that one allowed. `used_at` is when it last had itself a token."""

    id = serializers.IntegerField(source="client.pk")
    name = serializers.CharField(source="client.name")
    scopes = serializers.ListField(child=serializers.CharField())
    since = InstantField()
    used_at = InstantField()
