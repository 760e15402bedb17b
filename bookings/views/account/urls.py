"""Where the pages of accounts are, at a tenant's host; and those of them that the platform's host has, too."""

from django.urls import path

from bookings.views.account import elsewhere, entry, keeping, keys, own, second

everywhere = [
    path("login/passkey/options/", keys.asked_to_enter, name="passkey-options"),
    path("login/passkey/", keys.enter, name="passkey-sign-in"),
    path("login/code/", second.login_code, name="login-code"),
    path("account/password/", own.password, name="account-password"),
    path("account/elsewhere/", own.elsewhere, name="account-elsewhere"),
    path("account/passkeys/", keys.own, name="own-passkeys"),
    path("account/passkeys/options/", keys.asked_to_make, name="passkey-new-options"),
    path("account/passkeys/new/", keys.make, name="passkey-new"),
    path("account/passkeys/<int:passkey_id>/name/", keys.rename, name="passkey-rename"),
    path("account/passkeys/<int:passkey_id>/remove/", keys.remove, name="passkey-remove"),
    path("account/two-factor/", second.own, name="two-factor"),
    path("account/two-factor/app/", second.set_up, name="two-factor-set-up"),
    path("account/two-factor/codes/", second.renew, name="two-factor-codes"),
    path("account/two-factor/remove/", second.remove, name="two-factor-remove"),
    path("account/sessions/", elsewhere.own, name="own-sessions"),
    path("account/sessions/<slug:session>/end/", elsewhere.end, name="own-session-end"),
]
urlpatterns = [
    *everywhere,
    path("login/link/", entry.mailed_sign_in, name="mailed-sign-in"),
    path("login/password/", entry.password_forgotten, name="password-forgotten"),
    path("signup/", entry.sign_up, name="sign-up"),
    path("account/link/<str:token>/", entry.link, name="account-link"),
    path("account/", own.account, name="account"),
    path("account/address/", own.address, name="account-address"),
    path("account/mail/", own.mail, name="account-mail"),
    path("account/earlier/", own.earlier_bookings, name="account-earlier"),
    path("account/data/", keeping.own, name="own-data"),
    path("account/data/file/", keeping.own_file, name="own-data-file"),
    path("account/data/erase/", keeping.erase_own, name="own-data-erase"),
    path("data/", entry.data_by_mail, name="data-by-mail"),
    path("data/mine/", keeping.guest, name="guest-data"),
    path("data/mine/file/", keeping.guest_file, name="guest-data-file"),
    path("data/mine/erase/", keeping.erase_guest, name="guest-data-erase"),
]
