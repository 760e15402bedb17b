"""The routing table of what is sold: products, subscriptions, invoices, test clocks. `routes` takes it in."""

from embedded.sandbox import (
    catalogue,
    checkout,
    checkout_pages,
    hosted,
    invoicing,
    portal,
    previews,
    subscriptions,
    taxids,
    testclocks,
    timeline,
)
from embedded.sandbox.calls import Handler, listing, retrieve

CLOCKS = "/v1/test_helpers/test_clocks"
CLOCK = timeline.KIND
SESSIONS, SESSION = "/v1/checkout/sessions", checkout.KIND
PORTAL = "/v1/billing_portal"
PAGES = (checkout_pages, hosted, portal)
"""Modules that add pages by being imported."""

ROUTES: tuple[tuple[str, str, Handler, str], ...] = (
    ("POST", "/v1/products", catalogue.create_product, "ProductCreateParams"),
    ("GET", "/v1/products", catalogue.list_products, "ProductListParams"),
    ("GET", "/v1/products/{id}", retrieve("product"), "ProductRetrieveParams"),
    ("POST", "/v1/products/{id}", catalogue.update_product, "ProductModifyParams"),
    ("DELETE", "/v1/products/{id}", catalogue.delete_product, "ProductDeleteParams"),
    ("POST", "/v1/prices", catalogue.create_price, "PriceCreateParams"),
    ("GET", "/v1/prices", catalogue.list_prices, "PriceListParams"),
    ("GET", "/v1/prices/{id}", retrieve("price"), "PriceRetrieveParams"),
    ("POST", "/v1/prices/{id}", catalogue.update_price, "PriceModifyParams"),
    ("POST", "/v1/customers/{id}/tax_ids", taxids.create, "CustomerCreateTaxIdParams"),
    ("GET", "/v1/customers/{id}/tax_ids", taxids.listed, "CustomerListTaxIdsParams"),
    ("GET", "/v1/customers/{id}/tax_ids/{tax_id}", taxids.retrieve, "CustomerRetrieveTaxIdParams"),
    ("DELETE", "/v1/customers/{id}/tax_ids/{tax_id}", taxids.delete, "CustomerDeleteTaxIdParams"),
    ("POST", "/v1/subscriptions", subscriptions.create, "SubscriptionCreateParams"),
    ("GET", "/v1/subscriptions", subscriptions.listed, "SubscriptionListParams"),
    ("GET", "/v1/subscriptions/{id}", retrieve("subscription"), "SubscriptionRetrieveParams"),
    ("POST", "/v1/subscriptions/{id}", subscriptions.update, "SubscriptionModifyParams"),
    ("DELETE", "/v1/subscriptions/{id}", subscriptions.cancel, "SubscriptionCancelParams"),
    ("POST", "/v1/subscriptions/{id}/resume", subscriptions.resume, "SubscriptionResumeParams"),
    ("GET", "/v1/subscription_items", subscriptions.list_items, "SubscriptionItemListParams"),
    ("GET", "/v1/subscription_items/{id}", subscriptions.retrieve_item, "SubscriptionItemRetrieveParams"),
    ("POST", "/v1/invoices", invoicing.create, "InvoiceCreateParams"),
    ("GET", "/v1/invoices", invoicing.listed, "InvoiceListParams"),
    ("POST", "/v1/invoices/create_preview", previews.create, "InvoiceCreatePreviewParams"),
    ("GET", "/v1/invoices/{id}", retrieve("invoice"), "InvoiceRetrieveParams"),
    ("POST", "/v1/invoices/{id}", invoicing.update, "InvoiceModifyParams"),
    ("DELETE", "/v1/invoices/{id}", invoicing.delete, "InvoiceDeleteParams"),
    ("GET", "/v1/invoices/{id}/lines", invoicing.lines_of, "InvoiceListLinesParams"),
    ("POST", "/v1/invoices/{id}/finalize", invoicing.finalize, "InvoiceFinalizeInvoiceParams"),
    ("POST", "/v1/invoices/{id}/pay", invoicing.pay, "InvoicePayParams"),
    ("POST", "/v1/invoices/{id}/void", invoicing.void, "InvoiceVoidInvoiceParams"),
    ("POST", "/v1/invoices/{id}/mark_uncollectible", invoicing.mark_uncollectible, "InvoiceMarkUncollectibleParams"),
    ("POST", "/v1/invoices/{id}/send", invoicing.send, "InvoiceSendInvoiceParams"),
    ("POST", "/v1/invoiceitems", invoicing.create_item, "InvoiceItemCreateParams"),
    ("GET", "/v1/invoiceitems", invoicing.list_items, "InvoiceItemListParams"),
    ("GET", "/v1/invoiceitems/{id}", retrieve("invoiceitem"), "InvoiceItemRetrieveParams"),
    ("DELETE", "/v1/invoiceitems/{id}", invoicing.delete_item, "InvoiceItemDeleteParams"),
    ("GET", "/v1/invoice_payments", invoicing.list_payments, "InvoicePaymentListParams"),
    ("GET", "/v1/invoice_payments/{id}", retrieve("invoice_payment"), "InvoicePaymentRetrieveParams"),
    ("POST", CLOCKS, testclocks.create, "test_helpers.TestClockCreateParams"),
    ("GET", CLOCKS, listing(CLOCK), "test_helpers.TestClockListParams"),
    ("GET", CLOCKS + "/{id}", retrieve(CLOCK), "test_helpers.TestClockRetrieveParams"),
    ("POST", CLOCKS + "/{id}/advance", testclocks.advance, "test_helpers.TestClockAdvanceParams"),
    ("DELETE", CLOCKS + "/{id}", testclocks.delete, "test_helpers.TestClockDeleteParams"),
    ("POST", SESSIONS, checkout.create, "checkout.SessionCreateParams"),
    ("GET", SESSIONS, checkout.listed, "checkout.SessionListParams"),
    ("GET", SESSIONS + "/{id}", retrieve(SESSION), "checkout.SessionRetrieveParams"),
    ("POST", SESSIONS + "/{id}", checkout.update, "checkout.SessionModifyParams"),
    ("POST", SESSIONS + "/{id}/expire", checkout.expire, "checkout.SessionExpireParams"),
    ("GET", SESSIONS + "/{id}/line_items", checkout.items_of, "checkout.SessionListLineItemsParams"),
    ("POST", PORTAL + "/sessions", portal.create, "billing_portal.SessionCreateParams"),
    ("GET", PORTAL + "/configurations", portal.configurations, "billing_portal.ConfigurationListParams"),
    (
        "GET",
        PORTAL + "/configurations/{id}",
        retrieve(portal.CONFIGURATION),
        "billing_portal.ConfigurationRetrieveParams",
    ),
)
