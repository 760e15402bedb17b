"""How many parts a short message has (GSM 03.38), and keeping it to three: each is paid for."""

MOST = 3
GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€")
"""These count twice."""
SIMPLER = str.maketrans({"–": "-", "—": "-", "„": '"', "“": '"', "”": '"', "’": "'", "…": ".", "\u00a0": " "})
ALONE, JOINED = 160, 153
ALONE_WIDE, JOINED_WIDE = 70, 67
"""Characters of a message that fits into one part, and of each part of a longer one; wide is UCS-2."""
CLIPS = frozenset({"name", "what", "venue", "business", "address", "greeting"})


def plain(text: str) -> str:
    """In one line, without the typography that would more than halve what fits into a part."""
    return " ".join(text.translate(SIMPLER).split())


def count(text: str) -> int:
    """How many parts a text is sent as."""
    if all(char in GSM or char in EXTENDED for char in text):
        size, alone, joined = len(text) + sum(char in EXTENDED for char in text), ALONE, JOINED
    else:
        size, alone, joined = len(text.encode("utf-16-le")) // 2, ALONE_WIDE, JOINED_WIDE
    return 1 if size <= alone else -(-size // joined)


def clipped(name: str, value: str, longest: int) -> str:
    """A value with at most so many characters, where it is a name; addresses of pages stay whole."""
    if name not in CLIPS or len(value) <= longest:
        return value
    return value[: longest - 1].rstrip() + "."


def cut(text: str) -> str:
    """The beginning of a text that fits into three parts."""
    while count(text) > MOST:
        text = text[:-1]
    return text.rstrip()
