"""Account links, and the page that plays Stripe's onboarding; capabilities and bank accounts over the API."""

import html

from embedded.sandbox import accounts, shapes
from embedded.sandbox.calls import Call, page
from embedded.sandbox.messages import Answer
from embedded.sandbox.pages import field, form_of, redirect, shown
from embedded.sandbox.pages import page as route
from embedded.sandbox.problems import Json, Problem
from embedded.sandbox.world import PLATFORM, World, merged_metadata, new_id, public

LIVES = 300
ASKED = (
    ("business_name", "Business name", "Sandbox Sports"),
    ("first_name", "First name", "Sam"),
    ("last_name", "Last name", "Sandbox"),
    ("website", "Website", "https://example.com"),
    ("account_number", "IBAN", "DE89370400440532013000"),
)


def create_link(call: Call) -> Json:
    """`POST /v1/account_links`: to be used once, within five minutes of the sandbox's clock."""
    params = call.params
    account = call.world.get(PLATFORM, "account", params["account"], "account")
    accounts.retrieve(Call(call.world, call.scope, ids={"id": account["id"]}))
    for name in ("refresh_url", "return_url"):
        if not str(params.get(name, "")).startswith(("http://", "https://")):
            raise Problem(
                f"Not a valid URL: {name} is required for this type of account link.", code="url_invalid", param=name
            )
    if params["type"] == "account_update" and account["controller"]["requirement_collection"] == "stripe":
        raise Problem("You cannot create `account_update` type Account Links for this account.", param="type")
    token = new_id("")
    link = {"account": account["id"], "expires_at": call.world.now() + LIVES, "used": False}
    link.update(refresh_url=params["refresh_url"], return_url=params["return_url"])
    call.world.notes.setdefault("account_links", {})[token] = link
    url = f"{call.world.url}/setup/{token}"
    return shapes.blank("account_link", created=call.world.now(), expires_at=link["expires_at"], url=url)


@route("GET", "/setup/([0-9A-Za-z]+)")
def _open(world: World, token: str, form: Json) -> Answer:
    link = world.notes.get("account_links", {}).get(token)
    if link is None:
        raise Problem("This link does not exist.", status=404)
    if link["used"] or link["expires_at"] <= world.now():
        return redirect(link["refresh_url"])
    link["used"] = True
    account = world.account(link["account"])
    due = (
        "".join(f"<li>{html.escape(each)}</li>" for each in account["requirements"]["currently_due"])
        or "<li>nothing</li>"
    )
    fields = [field(name, label, value) for name, label, value in ASKED]
    buttons = form_of(*fields, complete="Complete", leave="Leave without finishing")
    return shown("Set up payments", f"<p>{html.escape(account['id'])}, {account['country']}</p><ul>{due}</ul>{buttons}")


@route("POST", "/setup/([0-9A-Za-z]+)")
def _submit(world: World, token: str, form: Json) -> Answer:
    link = world.notes["account_links"][token]
    account = world.account(link["account"])
    before = public(account)
    if form.get("do") == "complete" and not account.get("_revoked"):
        account["business_profile"]["name"] = form.get("business_name") or account["business_profile"]["name"]
        account["business_profile"]["url"] = form.get("website") or account["business_profile"]["url"]
        if not account["external_accounts"]["data"]:
            accounts.add_bank(world, account, form)
        accounts.complete(world, account)
        accounts.refresh(world, account, before)
    return redirect(link["return_url"])


# ---- Capabilities and bank accounts ----------------------------------------------------------------------------------


def capabilities(call: Call) -> Json:
    """`GET /v1/accounts/{id}/capabilities`."""
    account = accounts.retrieve(call)
    found = [accounts.capability(call.world, account, name) for name in account["_requested"]]
    return {"object": "list", "data": found, "has_more": False, "url": call.ids["_path"]}


def capability(call: Call) -> Json:
    """`GET /v1/accounts/{id}/capabilities/{capability}`."""
    return accounts.capability(call.world, accounts.retrieve(call), call.ids["capability"])


def request_capability(call: Call) -> Json:
    """`POST /v1/accounts/{id}/capabilities/{capability}`."""
    account, name = accounts.retrieve(call), call.ids["capability"]
    before = public(account)
    wanted = set(account["_requested"])
    account["_requested"] = sorted(wanted | {name} if call.params.get("requested") else wanted - {name})
    accounts.refresh(call.world, account, before)
    return accounts.capability(call.world, account, name)


def banks(call: Call) -> Json:
    """`GET /v1/accounts/{id}/external_accounts`."""
    return page(call, call.world.every(accounts.retrieve(call)["id"], "bank_account"))


def bank(call: Call) -> Json:
    """`GET /v1/accounts/{id}/external_accounts/{bank}`."""
    return call.world.get(accounts.retrieve(call)["id"], "bank_account", call.ids["bank"])


def create_bank(call: Call) -> Json:
    """`POST /v1/accounts/{id}/external_accounts`; a test token such as `btok_de` will do."""
    account = accounts.retrieve(call)
    given = call.params["external_account"]
    made = accounts.add_bank(call.world, account, given if isinstance(given, dict) else {})
    made["metadata"] = merged_metadata({}, call.params.get("metadata"))
    return made
