"""One API call from its HTTP request to its answer, in Stripe's order: key, account, parameters, idempotency, act."""

import json
import time
from dataclasses import dataclass

from embedded.sandbox import calls, events, faults, forms, idempotency, keys, parameters, routes
from embedded.sandbox.calls import Call
from embedded.sandbox.courier import Courier
from embedded.sandbox.faults import Faults
from embedded.sandbox.messages import Answer, Cut, Request
from embedded.sandbox.problems import Json, Problem
from embedded.sandbox.world import World, new_id

SERVER_ERROR = 500
PUBLIC_ONLY = (
    "key",
    "_stripe_account",
    "_stripe_version",
    "client_secret",
    "payment_user_agent",
    "time_on_page",
    "use_stripe_sdk",
)
NOT_FOR_BROWSERS = {
    "application",
    "application_fee_amount",
    "metadata",
    "on_behalf_of",
    "transfer_data",
    "transfer_group",
    "customer",
}


@dataclass
class Desk:
    """The API's front: it knows the world, the faults that are ordered, and who delivers events."""

    world: World
    faults: Faults
    courier: Courier

    def answer(self, request: Request) -> Answer:
        """Do what a request asks. Raises Cut where a fault cuts the connection."""
        identity = new_id("req_")
        headers = {
            "Request-Id": identity,
            "Stripe-Version": request.headers.get("Stripe-Version") or events.API_VERSION,
        }
        if key := request.headers.get("Idempotency-Key"):
            headers["Idempotency-Key"] = key
        try:
            answer = self._answer(request, identity)
        except Problem as problem:
            answer = Answer(problem.status, _text(problem.body(identity)))
        return Answer(answer.status, answer.body, {**headers, **answer.headers})

    def _answer(self, request: Request, identity: str) -> Answer:
        form = forms.decode(request.query)
        form.update(forms.decode(request.body))
        route, ids = routes.find(request.method, request.path)
        key = keys.secret_of(request.headers, form)
        named = request.headers.get("Stripe-Account") or str(form.get("_stripe_account", "")) or None
        call = Call(self.world, keys.scope_of(self.world, named, key), ids=ids)
        fault = self.faults.take(request.method, request.path, call.scope)
        if fault.get("do") == "timeout_before":
            raise Cut
        if fault.get("do") == "status" and fault["status"] < SERVER_ERROR:
            raise faults.problem(fault["status"])
        if keys.is_publishable(key):
            if not route.public:
                raise Problem(
                    "This API call cannot be made with a publishable API key. Please use a secret API key. You can "
                    "find a "
                    "list of your API keys at https://dashboard.stripe.com/account/apikeys.",
                    status=403,
                    code="secret_key_required",
                )
            call.client_secret = str(form.get("client_secret", ""))
            form = {name: each for name, each in form.items() if name not in PUBLIC_ONLY}
            call.params = _checked_from_browser(form, route.params)
        else:
            call.params = parameters.checked(form, route.params)
        answer = self._once(call, route, request, fault, identity)
        if fault.get("do") == "timeout_after":
            raise Cut
        return answer

    def _once(self, call: Call, route: routes.Route, request: Request, fault: Json, identity: str) -> Answer:
        call.key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
        if not call.key:
            return self._act(call, route, fault, identity)
        question = json.dumps([request.method, request.path, call.params], sort_keys=True)
        saved = idempotency.begin(self.world, call.scope, call.key, question)
        if saved:
            replayed = {
                "Idempotent-Replayed": "true",
                "Original-Request": saved["request"],
                "Request-Id": saved["request"],
            }
            return Answer(saved["status"], saved["body"], replayed)
        try:
            answer = self._act(call, route, fault, identity)
        except BaseException:
            idempotency.forget(self.world, call.scope, call.key)
            raise
        kept = {"status": answer.status, "body": answer.body, "request": identity}
        idempotency.end(self.world, call.scope, call.key, kept)
        return answer

    def _act(self, call: Call, route: routes.Route, fault: Json, identity: str) -> Answer:
        """Execute; from here on a Problem is an answer, which an idempotency key saves."""
        if fault.get("do") == "slow":
            era = self.world.era
            time.sleep(fault["seconds"])
            if era != self.world.era:  # everything was reset meanwhile; this request belongs to the past
                raise Cut
        if fault.get("do") == "status" and not fault.get("effect"):
            return self._broken(fault, identity)
        status, shown = 200, {}
        with self.world.step({"id": identity, "idempotency_key": call.key}) as made:
            try:
                result = route.handler(call)
                shown = calls.present(self.world, call.scope, result, call.params.get("expand", []))
            except Problem as problem:
                status, shown = problem.status, problem.body(identity)
        self.courier.send(made)
        if fault.get("do") == "status":
            return self._broken(fault, identity)
        if call.client_secret is not None:
            shown = {name: each for name, each in shown.items() if name not in NOT_FOR_BROWSERS}
        return Answer(status, _text(shown))

    def _broken(self, fault: Json, identity: str) -> Answer:
        problem = faults.problem(fault["status"])
        return Answer(problem.status, _text(problem.body(identity)))


def _checked_from_browser(form: Json, name: str) -> Json:
    """Stripe.js sends a card's number inside `payment_method_data`, which the SDK's types for servers do not know."""
    data = form.pop("payment_method_data", None)
    params = parameters.checked(form, name)
    if data:
        params["payment_method_data"] = parameters.checked(data, "PaymentMethodCreateParams")
    return params


def _text(body: Json) -> str:
    return json.dumps(body, indent=2)
