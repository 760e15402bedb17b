"""What of the public site is at a tenant's host: what its owners have agreed to."""

from django.urls import path

from website import agreement

urlpatterns = [path("desk/settings/agreement/", agreement.agreement, name="settings-agreement")]
