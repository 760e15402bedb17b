"""What an error of the way there means: nobody will ever take this letter, or it may go at another time."""

import smtplib

from anymail.exceptions import AnymailAPIError, AnymailInvalidAddress, AnymailRecipientsRefused

LASTING = range(500, 600)  # RFC 5321, 4.2.1: the same letter will be refused again
ABOUT_ADDRESS = (
    "personalizations.0.to",  # SendGrid: errors[].field
    "to parameter is not a valid",  # Mailgun: message
    "missing final '@domain'",  # SES, and the next three
    "illegal address",
    "local address contains",
    "domain contains illegal",
)
"""What providers say of a recipient that is none. Postmark's codes 300 and 406 are `AnymailRecipientsRefused`."""


def is_lasting(error: Exception) -> bool:
    """Whether the address is refused for good. Our own faults (a wrong key, a sender not verified) are not its."""
    match error:
        case AnymailRecipientsRefused() | AnymailInvalidAddress():
            return True
        case AnymailAPIError():
            said = _said(error).lower().replace("'to'", "to")
            return any(sign in said for sign in ABOUT_ADDRESS)
        case smtplib.SMTPRecipientsRefused():
            return all(code in LASTING for code, _why in error.recipients.values())
        case smtplib.SMTPDataError() | smtplib.SMTPSenderRefused():
            return error.smtp_code in LASTING
    return False


def _said(error: AnymailAPIError) -> str:
    if isinstance(error.response, dict):  # boto3's, for SES
        return str(error.response.get("Error", {}).get("Message", ""))
    return str(getattr(error.response, "text", ""))
