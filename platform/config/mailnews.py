"""Where the provider of mail tells what became of letters: one address at the platform's host."""

import logging

from anymail.exceptions import AnymailError
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.doors import open_to_all

log = logging.getLogger(__name__)

BAD_REQUEST = 400
VIEWS = {
    "sendgrid": "anymail.webhooks.sendgrid.SendGridTrackingWebhookView",
    "mailgun": "anymail.webhooks.mailgun.MailgunTrackingWebhookView",
    "ses": "anymail.webhooks.amazon_ses.AmazonSESTrackingWebhookView",
    "postmark": "anymail.webhooks.postmark.PostmarkTrackingWebhookView",
}


@csrf_exempt
@open_to_all("the provider signs what it sends, or knows a password")
@require_http_methods(["HEAD", "POST"])
def news(request: HttpRequest) -> HttpResponse:
    """Have Anymail verify and read what the provider sends; 404 where mail goes by SMTP, 400 for what is no news."""
    view = VIEWS.get(settings.MAIL_PROVIDER)
    if view is None:
        raise Http404
    try:
        answer: HttpResponse = import_string(view).as_view()(request)
    except (AnymailError, AttributeError, KeyError, TypeError, ValueError) as error:
        log.warning("news of mail refused: %s", type(error).__name__)
        return HttpResponse(status=BAD_REQUEST)
    return answer


urlpatterns = [path("mail/news/", news, name="mail-news")]
