"""VAT ids of the platform's customers, and whether they owe the VAT themselves."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from billing.gateway.client import api, ask
from billing.gateway.trouble import Gone, ProviderTrouble

if TYPE_CHECKING:
    import stripe


@dataclass(frozen=True, slots=True)
class VatId:
    """A VAT id of a customer's. `status` is Stripe's word: `pending`, `verified`, `unverified`, `unavailable`."""

    id: str
    value: str
    country: str
    status: str


def vat_id_of(customer_id: str) -> VatId | None:
    """The customer's EU VAT id, the newest if there are several."""
    found = _vat_ids(customer_id)
    return _vat_id(max(found, key=lambda each: each.created)) if found else None


def put_vat_id(customer_id: str, value: str) -> bool:
    """Have this EU VAT id and no other; an empty one takes it away. False for what cannot be one."""
    standing = _vat_ids(customer_id)
    if value and all(each.value != value for each in standing):
        try:
            ask(lambda: api().v1.customers.tax_ids.create(customer_id, {"type": "eu_vat", "value": value}))
        except ProviderTrouble as trouble:
            if "tax_id_invalid" in trouble.why:
                return False
            raise
    _drop(customer_id, (each.id for each in standing if each.value != value))
    return True


def set_reverse_charge(customer_id: str, *, applies: bool) -> None:
    """Whether the tenant accounts for VAT itself (article 196 of directive 2006/112/EC)."""
    exempt = "reverse" if applies else "none"
    ask(lambda: api().v1.customers.update(customer_id, {"tax_exempt": exempt}))


def _drop(customer_id: str, ids: Iterable[str]) -> None:
    for each in ids:
        ask(partial(api().v1.customers.tax_ids.delete, customer_id, each))


def _vat_ids(customer_id: str) -> "list[stripe.TaxId]":
    try:
        found = ask(lambda: api().v1.customers.tax_ids.list(customer_id))
    except Gone:
        return []
    return [each for each in found.data if each.type == "eu_vat"]


def _vat_id(found: "stripe.TaxId") -> VatId:
    status = found.verification.status if found.verification else "unavailable"
    return VatId(found.id, found.value, found.country or "", status)
