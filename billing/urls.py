"""The owner's pages about money, at a tenant's host under `/desk/money/`."""

from django.urls import path

from billing.views import account, business, fees, plan

urlpatterns = [
    path("", account.overview, name="money"),
    path("connect/", account.connect, name="money-connect"),
    path("onboarding/", account.onboarding, name="money-onboarding"),
    path("return/", account.come_back, name="money-return"),
    path("check/", account.check, name="money-check"),
    path("disconnect/", account.disconnect, name="money-disconnect"),
    path("plan/", plan.plan, name="money-plan"),
    path("plan/checkout/", plan.checkout, name="money-plan-checkout"),
    path("plan/portal/", plan.portal, name="money-plan-portal"),
    path("plan/return/", plan.come_back, name="money-plan-return"),
    path("plan/change/", plan.change, name="money-plan-change"),
    path("plan/cancel/", plan.cancel, name="money-plan-cancel"),
    path("plan/resume/", plan.resume, name="money-plan-resume"),
    path("plan/vat-id/", plan.vat_id, name="money-plan-vat-id"),
    path("business/", business.details, name="money-business"),
    path("fees/", fees.invoices, name="money-fees"),
    path("fees/<slug:number>.pdf", fees.invoice, name="money-fee"),
]
