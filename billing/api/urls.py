"""v1 about money: `/api/v1/`."""

from django.urls import path

from billing.api import account, business, plan

urlpatterns = [
    path("admin/stripe-account/", account.AccountView.as_view()),
    path("admin/stripe-account/refresh/", account.RefreshView.as_view()),
    path("admin/subscription/", plan.SubscriptionView.as_view()),
    path("admin/subscription/checkout/", plan.CheckoutView.as_view()),
    path("admin/subscription/portal/", plan.PortalView.as_view()),
    path("admin/business-details/", business.BusinessView.as_view()),
]
