"""Paths that programs ask, where an answer that no view gave is JSON and not a page."""

API = "/api/"
OAUTH = ("/oauth/token", "/oauth/revoke", "/oauth/introspect", "/.well-known/")


def body_at(path: str, code: str, detail: str) -> dict[str, str] | None:
    """What is answered at a path: the API's shape, OAuth's (RFC 6749, 5.2), or None where people come."""
    if path.startswith(API):
        return {"code": code, "detail": detail}
    if path.startswith(OAUTH):
        return {"error": code, "error_description": detail}
    return None
