"""The owner's pages about money, at a tenant's host under `/desk/money/`."""

from django.urls import path

from billing.views import account, business

urlpatterns = [
    path("", account.overview, name="money"),
    path("connect/", account.connect, name="money-connect"),
    path("onboarding/", account.onboarding, name="money-onboarding"),
    path("return/", account.come_back, name="money-return"),
    path("check/", account.check, name="money-check"),
    path("disconnect/", account.disconnect, name="money-disconnect"),
    path("business/", business.details, name="money-business"),
]
