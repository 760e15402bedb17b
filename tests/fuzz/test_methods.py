"""A path answers the methods that its document names, and 405 to others."""

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from tests.documents import SETTINGS, document
from tests.isolation.allowed import bearer_of
from tests.isolation.scene import values
from tests.worlds import World

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.mark.parametrize("dialect", SETTINGS)
def test_other_methods_are_405_and_told_which_there_are(furnished: None, alpha: World, dialect: str) -> None:
    signed = f"Bearer {bearer_of(alpha, 'owner')}" if dialect == "partner" else f"Token {alpha.tokens['owner']}"
    client = Client(headers={"Host": alpha.host, "Authorization": signed})
    wrong: list[tuple[object, ...]] = []
    with tenant_context(alpha.tenant):
        known = values(alpha, alpha)
    for path, methods in document(dialect)["paths"].items():
        missing = min(METHODS - methods.keys(), default=None)
        if missing is None:
            continue
        answer = getattr(client, missing)(path.format_map(known), content_type="application/json")
        allowed = set(answer.get("Allow", "").lower().replace(" ", "").split(","))
        if answer.status_code != 405 or allowed - {"head", "options"} != methods.keys():
            wrong.append((missing, path, answer.status_code, answer.get("Allow")))
        elif answer.json()["code"] != "method_not_allowed":
            wrong.append((missing, path, answer.content))
    assert wrong == []
