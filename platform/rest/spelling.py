"""How names are spelt outside."""


def camel(name: str) -> str:
    """`total_price` is `totalPrice`."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
