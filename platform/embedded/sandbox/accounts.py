"""Connected accounts (v1 with controller properties), their capabilities, requirements and bank accounts."""

from embedded.sandbox import agenda, currencies, events, shapes
from embedded.sandbox.calls import Call, page, whole_list
from embedded.sandbox.problems import Json, Problem
from embedded.sandbox.world import APPLICATION, PLATFORM, World, merged_metadata, new_id, public

BY_TYPE = {
    "standard": ("account", "stripe", "full", "stripe"),
    "express": ("application_express", "application", "express", "stripe"),
    "custom": ("application_custom", "application", "none", "application"),
}
TO_SELL = [
    "business_profile.mcc",
    "business_profile.url",
    "business_type",
    "representative.first_name",
    "representative.last_name",
]
TO_BE_PAID = ["external_account"]
TO_AGREE = ["tos_acceptance.date", "tos_acceptance.ip"]
NO_LIST: Json = {
    "alternatives": [], "current_deadline": None, "currently_due": [], "disabled_reason": None, "errors": [],
    "eventually_due": [], "past_due": [], "pending_verification": [],
}  # fmt: skip


def create(call: Call) -> Json:
    """`POST /v1/accounts`. Raises Problem for a country or a combination that Stripe refuses."""
    world, params = call.world, call.params
    if not call.is_platform:
        raise Problem("Only a platform can create accounts.", status=403)
    country = params.get("country", "DE")
    if country not in currencies.OF_COUNTRY:
        raise Problem(
            f"Country '{country}' is unknown. Try using a 2-character alphanumeric country code instead, such as 'US', "
            "'EG', or 'GB'.",
            code="country_unsupported",
            param="country",
        )
    controller, kind = _controller(params)
    account = shapes.blank(
        "account",
        id=new_id("acct_1"),
        business_profile={**shapes.part("account", "business_profile"), **params.get("business_profile", {})},
        business_type=params.get("business_type"),
        capabilities={},
        charges_enabled=False,
        controller=controller,
        country=country,
        created=world.now(),
        default_currency=params.get("default_currency") or currencies.OF_COUNTRY[country],
        details_submitted=False,
        email=params.get("email"),
        future_requirements=dict(NO_LIST),
        metadata=merged_metadata({}, params.get("metadata")),
        payouts_enabled=False,
        requirements=dict(NO_LIST),
        settings=_settings(params),
        tos_acceptance=shapes.part("account", "tos_acceptance"),
        type=kind,
    )
    account["external_accounts"] = whole_list([], f"/v1/accounts/{account['id']}/external_accounts")
    wanted = params.get("capabilities") or (
        {"card_payments": {"requested": True}, "transfers": {"requested": True}} if kind == "standard" else {}
    )
    account["_requested"] = sorted(name for name, each in wanted.items() if each.get("requested"))
    account["_due"] = [*TO_SELL, *TO_BE_PAID, *TO_AGREE] if world.settings["requirements"] else []
    world.put(PLATFORM, account)
    if not world.settings["requirements"]:
        complete(world, account)
    refresh(world, account, {})
    return account


def _controller(params: Json) -> tuple[Json, str]:
    kind, given = params.get("type"), params.get("controller")
    if kind and given:
        raise Problem("You may only specify one of these parameters: type, controller.", param="controller")
    payer, losses, dashboard, collection = BY_TYPE[kind or "standard"]
    if given is not None:
        payer = given.get("fees", {}).get("payer", "account")
        losses = given.get("losses", {}).get("payments", "stripe")
        dashboard = given.get("stripe_dashboard", {}).get("type", "full")
        collection = given.get("requirement_collection", "stripe")
        if dashboard == "full" and (losses, collection) != ("stripe", "stripe"):
            raise Problem(
                "When `controller[stripe_dashboard][type]` is `full`, Stripe has to be liable for losses and to "
                "collect requirements.",
                param="controller",
            )
    controller = {
        "fees": {"payer": payer},
        "is_controller": True,
        "losses": {"payments": losses},
        "requirement_collection": collection,
        "stripe_dashboard": {"type": dashboard},
        "type": "application",
    }
    named = {parts: name for name, parts in BY_TYPE.items()}
    return controller, kind or named.get((payer, losses, dashboard, collection), "none")


def _settings(params: Json) -> Json:
    settings = shapes.blank("account", settings=shapes.part("account", "settings"))["settings"]
    settings["payouts"] = {
        "debit_negative_balances": True,
        "schedule": {"delay_days": 2, "interval": "daily"},
        "statement_descriptor": None,
    }
    settings["dashboard"] = {"display_name": (params.get("business_profile") or {}).get("name"), "timezone": "Etc/UTC"}
    return {name: each for name, each in settings.items() if each is not None}


def refresh(world: World, account: Json, before: Json) -> None:
    """Derive capabilities, requirements and what is enabled; with a `before`, tell what has changed."""
    due = account["_due"]
    has_time = account["details_submitted"] and (account.get("_deadline") or 0) > world.now()
    active = (not due or (has_time and not account.get("_past_due"))) and not account.get("_disabled")
    was = dict(account["capabilities"])
    account["capabilities"] = {
        name: "inactive" if not active or name in account.get("_inactive", []) else "active"
        for name in account["_requested"]
    }
    account["charges_enabled"] = account["capabilities"].get("card_payments") == "active"
    account["payouts_enabled"] = active and not account.get("_payouts_off")
    past = account.get("_past_due", [])
    reason = account.get("_disabled") or (None if active else "requirements.past_due" if due else None)
    account["requirements"] = {
        **NO_LIST,
        "currently_due": list(due),
        "eventually_due": [*due, *account.get("_eventually", [])],
        "past_due": past,
        "disabled_reason": reason,
        "current_deadline": account.get("_deadline"),
    }
    if not before:
        return
    events.updated(world, account["id"], "account.updated", account, before)
    for name, status in account["capabilities"].items():
        if was.get(name) != status:
            shown = capability(world, account, name)
            events.record(world, account["id"], "capability.updated", shown, {"status": was.get(name, "unrequested")})


def set_deadline(world: World, account: Json, deadline: int | None) -> None:
    """What is due has to be given until then; afterwards it is past due, and the account stops."""
    account["_deadline"] = deadline
    if deadline:
        agenda.later(world, "deadline", deadline - world.now(), account=account["id"])


@agenda.does("deadline")
def _too_late(world: World, facts: Json) -> None:
    account = world.account(facts["account"])
    before = public(account)
    if account["_due"] and (account.get("_deadline") or world.now() + 1) <= world.now():
        account["_past_due"] = list(account["_due"])
        refresh(world, account, before)


def complete(world: World, account: Json) -> None:
    """Everything that was due is given, a bank account too; `refresh` then derives the rest."""
    account.update(_due=[], _past_due=[], _deadline=None, _disabled=None, details_submitted=True)
    account["tos_acceptance"] = {"date": world.now(), "ip": "127.0.0.1", "user_agent": None}
    if not account["external_accounts"]["data"]:
        add_bank(world, account, {})


def add_bank(world: World, account: Json, given: Json) -> Json:
    """A bank account to be paid out to: `account.external_account.created`."""
    bank = shapes.blank(
        "bank_account",
        id=new_id("ba_1"),
        account=account["id"],
        account_holder_name=given.get("account_holder_name"),
        available_payout_methods=["standard"],
        bank_name="SANDBOX BANK",
        country=given.get("country") or account["country"],
        currency=given.get("currency") or account["default_currency"],
        default_for_currency=True,
        fingerprint="fpsandbox",
        last4=str(given.get("account_number", "DE89370400440532013000"))[-4:],
        metadata={},
        status="new",
    )
    world.put(account["id"], bank)
    account["external_accounts"]["data"].append(public(bank))
    events.record(world, account["id"], "account.external_account.created", bank)
    return bank


def capability(world: World, account: Json, name: str) -> Json:
    """A capability object; one that was never asked for is `unrequested`."""
    requested = name in account["_requested"]
    return shapes.blank(
        "capability",
        id=name,
        account=account["id"],
        future_requirements=dict(NO_LIST),
        requested=requested,
        requested_at=account["created"] if requested else None,
        requirements={**NO_LIST, **{key: account["requirements"][key] for key in NO_LIST}},
        status=account["capabilities"].get(name, "unrequested"),
    )


# ---- Handlers --------------------------------------------------------------------------------------------------------


def retrieve(call: Call) -> Json:
    """`GET /v1/accounts/{id}`: the platform sees all of its own, an account itself."""
    identity = call.ids["id"]
    account = call.world.seek(PLATFORM, "account", identity) if identity != PLATFORM else None
    if identity == PLATFORM or (account and not account.get("_revoked") and call.scope in {PLATFORM, identity}):
        return account or own(call)
    raise Problem(
        f"The provided key 'sk_test_************' does not have access to account '{identity}' (or that account does "
        "not exist). Application access may have been revoked.",
        status=403,
        code="account_invalid",
    )


def own(call: Call) -> Json:
    """`GET /v1/account`: whose key or header it is."""
    if not call.is_platform:
        return call.world.account(call.scope)
    account = shapes.blank("account", id=PLATFORM, country="DE", default_currency="eur", email="platform@example.com")
    on = dict.fromkeys(("charges_enabled", "payouts_enabled", "details_submitted"), True)
    both = {"card_payments": "active", "transfers": "active"}
    return {
        **account,
        **on,
        "type": "standard",
        "capabilities": both,
        "requirements": NO_LIST,
        "settings": _settings({}),
        "metadata": {},
    }


def listed(call: Call) -> Json:
    """`GET /v1/accounts`."""
    return page(call, [each for each in call.world.every(PLATFORM, "account") if not each.get("_revoked")])


def update(call: Call) -> Json:
    """`POST /v1/accounts/{id}`."""
    account, params = retrieve(call), call.params
    before = public(account)
    for name in ("email", "business_type", "default_currency"):
        if name in params:
            account[name] = params[name] or None
    if "business_profile" in params:
        account["business_profile"] = {**account["business_profile"], **params["business_profile"]}
    account["metadata"] = merged_metadata(account["metadata"], params.get("metadata", {}))
    for name, each in (params.get("capabilities") or {}).items():
        wanted = set(account["_requested"]) | {name} if each.get("requested") else set(account["_requested"]) - {name}
        account["_requested"] = sorted(wanted)
    refresh(call.world, account, before)
    return account


def delete(call: Call) -> Json:
    """`DELETE /v1/accounts/{id}`; an account whose dashboard Stripe controls cannot be deleted with money in it."""
    account = retrieve(call)
    if any(each["amount"] for each in _balances(call.world, account["id"])):
        raise Problem("Accounts with a balance cannot be deleted.", code="account_balance_not_zero")
    account["_revoked"] = True
    return {"id": account["id"], "object": "account", "deleted": True}


def _balances(world: World, scope: str) -> list[Json]:
    sums: dict[str, int] = {}
    for each in world.every(scope, "balance_transaction"):
        sums[each["currency"]] = sums.get(each["currency"], 0) + each["net"]
    return [{"currency": currency, "amount": amount} for currency, amount in sums.items()]


def deauthorize(world: World, account: Json) -> None:
    """The account's owner takes the platform's access away; the event is the last that the platform hears."""
    account["_revoked"] = True
    events.record(world, account["id"], "account.application.deauthorized", dict(APPLICATION))
