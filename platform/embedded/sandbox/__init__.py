"""The Stripe sandbox: a server of our own, with state, that behaves like Stripe. For development and tests only.

    python -m embedded.sandbox --port PORT [--state FILE]

Point the SDK at it (`stripe.StripeClient(key, base_addresses={"api": url})`, `stripe.api_base`); any key of the
form `sk_test_...` is the one platform's (`acct_1SandboxPlatform`), `pk_test_...` may do what Stripe.js does.
`Stripe-Account` names a connected account; each has a store of its own. Parameters are held against the installed
SDK's types.

Where things are: `routes` is the table of requests; a family of objects is a file; `server`, `dispatch`, `keys`,
`forms`, `parameters`, `idempotency`, `calls` and `shapes` are the frame; `world` holds the state, `events` and
`courier` tell of its changes, `agenda` is what falls due; `pages`, `onboarding`, `authentication` are what a browser
sees. `billing` is the table of what is sold: `subscriptions` live by `timeline`, `cycles`, `standing` and `collecting`
(test clocks too), `checkout` and `till` sell on a page, `elements` serves the stand-in for Stripe.js from `browser/`.

Control API, JSON in and out, no key. `GET /_sandbox/...`:
    ready       {"ready": true}
    state       {account: {kind: [objects]}}: everything, for tests to compare with;
                state?account=acct_...&kinds=charge,refund: less, and faster
    deliveries  {"deliveries": [{event, type, account, endpoint, url, tries, answers, fate}], "idle": bool}
                fate: waiting, held, delivered, given up, dropped
    clock       {"now": seconds, "offset": seconds}
    faults, settings

`POST /_sandbox/...`, about the server:
    reset       {}: forget everything
    clock       {"advance": seconds} or {"to": seconds}: what falls due is done before the answer, which is
                {"now", "offset", "events"}
    settings    {"fee_basis_points": 150, "fee_fixed": 25, "dispute_fee": 1500, "pending_days": 2, "async_days": 3,
                 "late_seconds": 0, "retry_days": [3, 5, 7], "after_retries": "cancel" | "unpaid" | "past_due",
                 "upcoming_days": 7,
                 "refunds": "by_balance" | "pending" | "requires_action" | "failed", "requirements": true | false}
                by_balance: a connected account's refund is pending when the charge has been paid out and the balance
                is too small; requirements false: new accounts are onboarded at once; late_seconds: what Stripe does
                with automatic_async: balance transaction, fee and transfer of a charge come later, `charge.updated`;
                retry_days: between the attempts of an invoice, after_retries: what its subscription becomes then;
                upcoming_days: before a renewal, `invoice.upcoming`
    faults      {"rules": [{"method": "POST", "path": "regular expression", "account": "acct_...", "times": 1,
                 "skip": 0, "do": "timeout_before"}]}; replaces all rules; method, path, account may be left out;
                `do` is one of
                timeout_before: the connection is cut, nothing has happened
                timeout_after:  it has happened (and is saved under the idempotency key), the connection is cut
                status, "status": 409 | 429 | 500 | 503: refused; from 500 on saved under the key; with "effect": true a
                                500 comes after the effect
                slow, "seconds": 2: the answer takes that long, the key is in use meanwhile
    webhooks    {} or any of {"dropped": {"probability": 0.2, "seed": 7, "types": ["charge.*"]},
                 "doubled": {"copies": 8, "spread_ms": 30}, "shuffled": {"seed": 1, "window_ms": 200},
                 "delayed": seconds, "early": true, "held": true}; replaces what was there.
                early: delivered before the API call that caused it has answered. held: kept until `release`.
                Retries after 0.2, 0.5, 1, 2 and then 5 s, ten tries in all
    release     {}: send what was held
    deliver     {"events": ["evt_..."], "copies": 1, "at_once": false, "endpoints": ["we_..."]}: send events (again), in
                this order, whatever the modes; answers when all have been tried
    endpoint    {"url", "connect": bool, "secret": "whsec_..."}: a webhook endpoint with a known secret, made or changed

`POST /_sandbox/...`, playing the outside world; all answer {"result": ..., "events": ["evt_..."]}:
    authenticate         {"intent": "pi_... or seti_...", "outcome": "authorise" | "fail"}: 3-D Secure or a bank's page
    debit                {"payment_intent": "pi_...", "outcome": "succeeds" | "fails"}: a SEPA debit that is processing
    refund               {"refund": "re_...", "outcome": "succeeded" | "failed", "reason": "lost_or_stolen_card"}
    dispute              {"charge" or "payment_intent": id, "reason": "fraudulent", "inquiry": false}
    close_dispute        {"dispute": "du_...", "outcome": "won" | "lost"}
    early_fraud_warning  {"charge" or "payment_intent": id}
    payout               {"account": id, "currency": "eur", "outcome": "paid" | "failed" | "in_transit",
                         "failure_code": "account_closed", "include_pending": false}: all that is available, as Stripe's
                         automatic payouts; without a currency one for each; the platform's id works too
    finish_payout        {"payout": "po_...", "outcome": "paid" | "failed", "failure_code"}
    account              {"account": id, "complete": true} or any of "currently_due": [...], "past_due": [...],
                         "eventually_due": [...], "deadline": seconds, "disabled_reason": "rejected.fraud" | null,
                         "inactive": ["card_payments"], "payouts_off": true
    deauthorize          {"account": id}: the owner disconnects; from then on 403 `account_invalid`
    event                {"type": "person.updated", "object": id, "account": id, "changes": {}}: an event of any type

Pages: /setup/TOKEN (account links), /authenticate/INTENT?account=ID (3-D Secure, redirects), /c/pay/SESSION (Checkout),
/p/session/ID (billing portal), /invoice/ID; for pages of the product: /stripe.js.

VAT ids: digits all 0 are unverified, all 2 stay pending, others are verified a second after they were given.
"""
