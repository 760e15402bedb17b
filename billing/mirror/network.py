"""dj-stripe has no network: it would ask Stripe inside its own transactions, which nothing here may do."""

from typing import NoReturn

import stripe


class Cut(stripe.HTTPClient):
    """A client that reaches nobody. Our own calls bring a client of their own (`billing.gateway.client`)."""

    name = "cut"

    def request(self, *_args: object, **_kwargs: object) -> NoReturn:
        """Raise what dj-stripe takes for a network that is down."""
        raise stripe.APIConnectionError("dj-stripe does not talk to Stripe here; billing.mirror.rows says why")

    request_with_retries = request

    def close(self) -> None:
        """Nothing to close."""


def cut() -> None:
    """Let whoever uses the SDK's own default client reach nobody, in this process."""
    stripe.default_http_client = Cut()
