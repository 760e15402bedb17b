"""Money: takings, balances, refunds, disputes, taxes, the books. Stripe's account and the plan are in `billing`."""

from django.urls import path

from desk.money import bookkeeping, lists, overview, payouts, taxes

urlpatterns = [
    path("desk/money/takings/", overview.takings_page, name="money-takings"),
    path("desk/money/open/", lists.open_balances, name="money-open"),
    path("desk/money/refunds/", lists.refunds, name="money-refunds"),
    path("desk/money/disputes/", lists.disputes, name="money-disputes"),
    path("desk/money/disputes/<slug:dispute_id>/", lists.dispute, name="money-dispute"),
    path("desk/money/payouts/", payouts.payouts, name="money-payouts"),
    path("desk/money/payouts/<slug:payout_id>/", payouts.payout, name="money-payout"),
    path("desk/money/statement/", payouts.statement, name="money-statement"),
    path("desk/money/taxes/", taxes.report, name="money-taxes"),
    path("desk/money/books/", bookkeeping.books, name=bookkeeping.PAGE),
    path("desk/money/books/accounts/", bookkeeping.accounts, name="money-accounts"),
    path("desk/money/books/file/", bookkeeping.file, name="money-books-file"),
]
