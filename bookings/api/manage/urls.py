"""v1: the staff's catalogue, below `/api/v1/admin/`."""

from django.urls import path

from bookings.api.manage import cancelling, hours, members, offers, places, prepaid, prices, products, quotas, vouchers

urlpatterns = [
    path("rates/", prices.RatesView.as_view()),
    path("rates/<int:rate_id>/", prices.RateView.as_view()),
    path("groups/", prices.GroupsView.as_view()),
    path("groups/<int:group_id>/", prices.GroupView.as_view()),
    path("groups/<int:group_id>/members/", members.MembersView.as_view()),
    path("groups/<int:group_id>/members/<int:user_id>/", members.MemberView.as_view()),
    path("products/", products.ProductsView.as_view()),
    path("products/<int:product_id>/", products.ProductView.as_view()),
    path("extra-offers/", offers.OffersView.as_view()),
    path("extra-offers/<int:offer_id>/", offers.OfferView.as_view()),
    path("custom-fields/", offers.QuestionsView.as_view()),
    path("custom-fields/<int:field_id>/", offers.QuestionView.as_view()),
    path("venues/", places.VenuesView.as_view()),
    path("venues/<int:venue_id>/", places.VenueSettingsView.as_view()),
    path("venues/<int:venue_id>/hours/", hours.VenueHoursView.as_view()),
    path("resources/", places.ResourcesView.as_view()),
    path("resources/<int:resource_id>/", places.ResourceSettingsView.as_view()),
    path("resources/<int:resource_id>/hours/", hours.ResourceHoursView.as_view()),
    path("cancellation-policies/", cancelling.PoliciesView.as_view()),
    path("cancellation-policies/<int:policy_id>/", cancelling.PolicyView.as_view()),
    path("vouchers/", vouchers.VouchersView.as_view()),
    path("vouchers/<int:voucher_id>/", vouchers.VoucherView.as_view()),
    path("packs/", vouchers.PacksView.as_view()),
    path("packs/<int:pack_id>/", vouchers.PackView.as_view()),
    path("gift-credits/", prepaid.CreditsView.as_view()),
    path("gift-credits/<int:credit_id>/", prepaid.CreditView.as_view()),
    path("gift-credits/<int:credit_id>/entries/", prepaid.TopUpView.as_view()),
    path("hours-accounts/", prepaid.HoursView.as_view()),
    path("hours-accounts/<int:account_id>/", prepaid.AccountView.as_view()),
    path("quotas/", quotas.QuotasView.as_view()),
    path("quotas/<int:quota_id>/", quotas.QuotaView.as_view()),
]
