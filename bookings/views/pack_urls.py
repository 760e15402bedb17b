"""The pages of packs and memberships, at a tenant's host."""

from django.urls import path

from bookings.views import deskpacks, packs, purchasing

urlpatterns = [
    path("packs/", packs.packs, name="packs"),
    path("packs/buy/", packs.buy, name="packs-buy"),
    path("account/packs/", packs.own_packs, name="own-packs"),
    path("account/packs/<uuid:purchase_id>/pay/", purchasing.pay, name="purchase-pay"),
    path("account/packs/<uuid:purchase_id>/pay/intent/", purchasing.intent, name="purchase-pay-intent"),
    path("account/packs/<uuid:purchase_id>/pay/elsewhere/", purchasing.elsewhere, name="purchase-pay-elsewhere"),
    path("account/packs/<uuid:purchase_id>/paid/", purchasing.paid, name="purchase-paid"),
    path("desk/packs/", deskpacks.packs, name=deskpacks.LIST),
    path("desk/packs-on-sale/new/", deskpacks.pack, name="desk-pack-new"),
    path("desk/packs-on-sale/<int:pack_id>/", deskpacks.pack, name="desk-pack"),
    path("desk/packs/sell/", deskpacks.sell, name="desk-packs-sell"),
    path("desk/packs-on-sale/memberships/new/", deskpacks.plan, name="desk-plan-new"),
    path("desk/packs-on-sale/memberships/<int:plan_id>/", deskpacks.plan, name="desk-plan"),
    path("desk/purchases/<uuid:purchase_id>/", deskpacks.purchase, name=deskpacks.ONE),
    path("desk/purchases/<uuid:purchase_id>/take-back/", deskpacks.take_back, name="desk-purchase-take-back"),
    path("desk/purchases/<uuid:purchase_id>/again/", deskpacks.again, name="desk-purchase-again"),
    path("desk/purchases/<uuid:purchase_id>/handed-out/", deskpacks.hand_out, name="desk-purchase-handed-out"),
]
