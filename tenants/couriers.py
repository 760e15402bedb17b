"""What an error of the way there means: nobody will ever take this letter, or it may go at another time."""

import smtplib

from anymail.exceptions import AnymailAPIError, AnymailInvalidAddress, AnymailRecipientsRefused

LASTING = range(500, 600)  # RFC 5321, 4.2.1: the same letter will be refused again
BAD_REQUEST = (400, 422)
ABOUT_ADDRESS = (
    "personalizations.0.to",  # SendGrid: errors[].field
    "'to' parameter is not a valid",  # Mailgun: message
    "to parameter is not a valid",
    '"errorcode":300,',  # Postmark: invalid email request
    '"errorcode":406,',  # Postmark: inactive recipient
)


def is_lasting(error: Exception) -> bool:
    """Whether the address is refused for good. Our own faults (a wrong key, a sender not verified) are not its."""
    match error:
        case AnymailRecipientsRefused() | AnymailInvalidAddress():
            return True
        case AnymailAPIError():
            return error.status_code in BAD_REQUEST and _is_about_address(error)
        case smtplib.SMTPRecipientsRefused():
            return all(code in LASTING for code, _why in error.recipients.values())
        case smtplib.SMTPDataError() | smtplib.SMTPSenderRefused():
            return error.smtp_code in LASTING
    return False


def _is_about_address(error: AnymailAPIError) -> bool:
    said = getattr(error.response, "text", "").lower().replace(" ", "")
    return any(sign.replace(" ", "") in said for sign in ABOUT_ADDRESS)
