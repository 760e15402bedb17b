"""Customers: lists, one of them, groups, and what is done about them."""

from django.urls import path

from desk.customers import acts, erasing, giving, groups, listing, members, merging, one, reaching

GUEST = "desk/customers/guests/<uuid:booking_id>/"
CUSTOMER = "desk/customers/<int:customer_id>/"

urlpatterns = [
    path("desk/customers/", listing.customers, name="desk-customers"),
    path("desk/customers/new/", acts.new, name="desk-customer-new"),
    path("desk/customers/guests/", listing.guests, name="desk-guests"),
    path("desk/customers/duplicates/", merging.duplicates, name="desk-duplicates"),
    path("desk/customers/addresses/<int:file_id>/let-in/", acts.let_in, name="desk-address-let-in"),
    path(CUSTOMER, one.customer, name="desk-customer"),
    path(CUSTOMER + "change/", reaching.correct, name="desk-customer-change"),
    path(CUSTOMER + "address/", reaching.address, name="desk-customer-address"),
    path(CUSTOMER + "notes/", acts.notes, name="desk-customer-notes"),
    path(CUSTOMER + "block/", acts.block, name="desk-customer-block"),
    path(CUSTOMER + "credit/", giving.credit, name="desk-customer-credit"),
    path(CUSTOMER + "pack/", giving.pack, name="desk-customer-pack"),
    path(CUSTOMER + "groups/", members.join, name="desk-customer-join"),
    path(CUSTOMER + "merge/", merging.merge, name="desk-customer-merge"),
    path(CUSTOMER + "file/", erasing.file, name="desk-customer-file"),
    path(CUSTOMER + "erase/", erasing.erase, name="desk-customer-erase"),
    path(GUEST, one.guest, name="desk-guest"),
    path(GUEST + "notes/", acts.notes, name="desk-guest-notes"),
    path(GUEST + "block/", acts.block, name="desk-guest-block"),
    path(GUEST + "file/", erasing.file, name="desk-guest-file"),
    path(GUEST + "erase/", erasing.erase, name="desk-guest-erase"),
    path("desk/groups/", groups.groups, name="desk-groups"),
    path("desk/groups/new/", groups.new, name="desk-group-new"),
    path("desk/groups/<int:group_id>/", groups.group, name="desk-group"),
    path("desk/groups/<int:group_id>/members/<int:user_id>/", members.member, name="desk-member"),
]
