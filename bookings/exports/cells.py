"""Text in a cell of a CSV file: never a formula (T21), and read back as it was.

A spreadsheet takes what begins with one of these for a formula. Such text is written with an apostrophe before it, and
the import takes that one apostrophe away again; every other text, also one that begins with an apostrophe, is left
alone. Source of the list: OWASP, "CSV Injection".
"""

import re

DANGEROUS = re.compile(r"'*\s*[=+\-@\t\r\n＝＋－＠]|'*[\t\r\n]")
GUARD = "'"


def guarded(text: str) -> str:
    """As it is written into a cell."""
    return GUARD + text if DANGEROUS.match(text) else text


def unguarded(cell: str) -> str:
    """What a cell says: the inverse of `guarded`."""
    return cell[1:] if cell.startswith(GUARD) and DANGEROUS.match(cell) else cell
