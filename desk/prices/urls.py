"""What things cost: rates, vouchers, packs, groups, policies."""

from django.urls import URLPattern, URLResolver, path

from desk.prices import credit, many, on_sale, overview, policies, rates, tester, vouchers, week

urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/prices/", overview.overview, name="prices"),
    path("desk/prices/change/", many.change_all, name="prices-change"),
    path("desk/prices/test/", tester.tester, name="prices-test"),
    path("desk/prices/resources/<int:resource_id>/", week.resource, name="prices-resources"),
    path("desk/prices/resources/<int:resource_id>/set/", week.paint_resource, name="prices-resources-set"),
    path("desk/prices/resources/<int:resource_id>/copy/", many.copy_resource, name="prices-resources-copy"),
    path("desk/prices/services/<int:product_id>/", week.service, name="prices-services"),
    path("desk/prices/services/<int:product_id>/set/", week.paint_service, name="prices-services-set"),
    path("desk/prices/services/<int:product_id>/copy/", many.copy_service, name="prices-services-copy"),
    path("desk/prices/rates/<int:rate_id>/", rates.rate, name="prices-rate"),
    path("desk/prices/rates/<int:rate_id>/remove/", rates.remove, name="prices-rate-remove"),
    path("desk/vouchers/", vouchers.listed, name="vouchers"),
    path("desk/vouchers/codes.csv", vouchers.codes, name="vouchers-codes"),
    path("desk/vouchers/new/", vouchers.voucher, name="voucher-new"),
    path("desk/vouchers/many/", vouchers.many, name="vouchers-many"),
    path("desk/vouchers/<int:voucher_id>/", vouchers.voucher, name="voucher"),
    path("desk/gift-credit/", credit.gift_credit, name="gift-credit"),
    path("desk/packs-on-sale/", on_sale.on_sale, name="on-sale"),
    path("desk/policies/", policies.listed, name="policies"),
    path("desk/policies/new/", policies.policy, name="policy-new"),
    path("desk/policies/<int:policy_id>/", policies.policy, name="policy"),
    path("desk/policies/<int:policy_id>/remove/", policies.remove, name="policy-remove"),
]
