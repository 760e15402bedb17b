"""What roles are answered at the desk, in groups: the words of `permissions.py`."""

ROLES = ("owner", "manager", "elsewhere", "front_desk", "accountant", "guest", "nobody")
"""`manager` has the venue that it is about, `elsewhere` manages the other one, `guest` is a customer."""
NO_SUCH_METHOD = "no such method"
GROUPS: dict[str, tuple[str, ...]] = {
    "all who work here": ("in", "in", "in", "in", "in", "403", "login"),
    "all but accountants": ("in", "in", "in", "in", "403", "403", "login"),
    "the owner and managers": ("in", "in", "in", "403", "403", "403", "login"),
    "the owner and managers of the venue": ("in", "in", "404", "403", "403", "403", "login"),
    "the owner, and managers of all that it is about": ("in", "404", "404", "403", "403", "403", "login"),
    "the owner": ("in", "403", "403", "403", "403", "403", "login"),
    "the owner, signed in lately": ("login", "403", "403", "403", "403", "403", "login"),
    "whose own it is": ("in", "404", "404", "404", "404", "403", "login"),
    "who drafted it": ("in", "404", "404", "404", "403", "403", "login"),
    "who made it, and managers as it is the team's": ("in", "in", "in", "404", "404", "403", "login"),
    "the owner, of venues that managers see": ("in", "403", "404", "403", "403", "403", "login"),
    "who manages all that sells it": ("in", "in", "403", "403", "403", "403", "login"),
    "who sees the money of the venue": ("in", "in", "404", "403", "in", "403", "login"),
    "who sees the venue": ("in", "in", "404", "in", "in", "403", "login"),
    "who runs the venue": ("in", "in", "404", "in", "404", "403", "login"),
    "the desk of the venue": ("in", "in", "404", "in", "403", "403", "login"),
    "who exports": ("in", "in", "in", "403", "in", "403", "login"),
    "who sees the books": ("in", "403", "403", "403", "in", "403", "login"),
    "nothing there, for the owner and managers": ("404", "404", "404", "403", "403", "403", "login"),
    "nothing there, for the owner": ("404", "403", "403", "403", "403", "403", "login"),
    "nothing there, for who sees the books": ("404", "403", "403", "403", "404", "403", "login"),
    "no such method": ("405", "405", "405", "405", "405", "403", "login"),
}


def named(answers: tuple[str, ...]) -> str:
    """The group whose answers these are, or the answers where there is none yet."""
    return next((group for group, known in GROUPS.items() if known == answers), " ".join(answers))
