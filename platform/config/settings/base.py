"""What every environment shares. Values come from the environment; see docs/operations.md."""

import os
from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF

from config.settings import carriers, limits
from config.settings.api import *  # noqa: F403
from config.settings.clock import *  # noqa: F403
from config.settings.databases import *  # noqa: F403
from config.settings.documents import *  # noqa: F403
from config.settings.embedding import *  # noqa: F403
from config.settings.oauth import *  # noqa: F403
from config.settings.outside import *  # noqa: F403
from config.settings.panel import *  # noqa: F403
from config.settings.watching import *  # noqa: F403
from config.settings.website import *  # noqa: F403

ROOT = Path(__file__).resolve().parents[3]
VAR = Path(os.environ.get("FORECOURT_VAR", ROOT / "var"))

# Tenancy. `tenants` comes before django_tenants, whose migrate_schemas it extends.
SHARED_APPS = [
    "config",
    "tenants",
    "schemas",
    "django_tenants",
    "accounts",
    "operators",
    "website",
    "billing.subscriptions",
    "djstripe",
    "axes",
    "unfold.apps.BasicAppConfig",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "oauth2_provider",
    "corsheaders",
]
TENANT_APPS = [
    "accounts",
    "oauth",
    "rest",
    "axes",
    "venues",
    "billing.payments",
    "bookings",
    "desk",
]
INSTALLED_APPS = SHARED_APPS + [app for app in TENANT_APPS if app not in SHARED_APPS]
TENANT_MODEL = "tenants.Tenant"
TENANT_DOMAIN_MODEL = "tenants.Domain"
TENANT_BASE_MIGRATE_COMMAND = "tenants.migrating.Command"
TENANT_LIMIT_SET_CALLS = True
# Processes of `migrate_schemas`; PostgreSQL has as much to do as they have.
MIGRATION_WORKERS = int(os.environ.get("MIGRATION_WORKERS", str(min(8, os.cpu_count() or 1))))
SHOW_PUBLIC_IF_NO_TENANT_FOUND = False
ROOT_URLCONF = "config.urls_tenant"
PUBLIC_SCHEMA_URLCONF = "config.urls_public"
BASE_DOMAIN = os.environ.get("BASE_DOMAIN", "localhost")
PUBLIC_PORT = os.environ.get("PUBLIC_PORT", "")  # in addresses that we give away, where it is not the scheme's own

MIDDLEWARE = [
    "config.health.HealthMiddleware",
    "config.accesslog.AccessLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "tenants.strictness.StrictnessMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "rest.compression.CompressionMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "tenants.speech.FormatsMiddleware",
    "rest.problems.ProblemMiddleware",
    "tenants.middleware.TenantMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "rest.conditions.RevalidationMiddleware",
    "tenants.middleware.DatabaseTroubleMiddleware",
    "tenants.embedding.EmbeddingMiddleware",
    "operators.networks.NetworkMiddleware",
    "rest.cookies.CookieMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "rest.middleware.SlashMiddleware",
    "rest.csrf.CsrfMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.required.SecondFactorMiddleware",
    "operators.looking.LookInMiddleware",
    "desk.team.actors.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "rest.pages.RefusalPageMiddleware",
    "venues.preview.PreviewMiddleware",
]
APPEND_SLASH = True
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "accounts.houses.house",
            ],
        },
    },
]
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# How often what may be called, `kind.by` with `calls/seconds`.
RATE_LIMITS = limits.chosen(os.environ.get("RATE_LIMITS", ""))

# How many proxies of our own stand in front: their entries of X-Forwarded-For are believed.
PROXIES = int(os.environ.get("PROXIES", "0"))

# People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
# Five wrong passwords for one address from one place: wait. Kept in the tenant's schema.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "username"
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address"]
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600

# Speech
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [ROOT / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Files
STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOT / "static", VAR / "assets"]
STATIC_ROOT = VAR / "static"
MEDIA_ROOT = VAR / "media"
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_FUNCTION": "schemas.keys.cache_key",
    },
}

# Money. Without a key nothing can be paid online; `make run` and the tests bring a sandbox with keys of its own.
STRIPE_SECRET_KEY = os.environ.get("STRIPE_SECRET_KEY", "")
STRIPE_PUBLISHABLE_KEY = os.environ.get("STRIPE_PUBLISHABLE_KEY", "")
STRIPE_WEBHOOK_SECRETS = {
    "platform": os.environ.get("STRIPE_WEBHOOK_SECRET_PLATFORM", ""),
    "connect": os.environ.get("STRIPE_WEBHOOK_SECRET_CONNECT", ""),
}
STRIPE_API_HOST = os.environ.get("STRIPE_API_HOST", "https://api.stripe.com")
STRIPE_JS_URL = os.environ.get("STRIPE_JS_URL", "https://js.stripe.com/dahlia/stripe.js")
# Who the platform is on its own invoices to tenants: name, address in lines (`|` between them), VAT (basis points).
PLATFORM_NAME = os.environ.get("PLATFORM_NAME", "Forecourt")
PLATFORM_ADDRESS = os.environ.get("PLATFORM_ADDRESS", "")
PLATFORM_VAT_ID = os.environ.get("PLATFORM_VAT_ID", "")
PLATFORM_VAT = int(os.environ.get("PLATFORM_VAT", "1900"))
# Whether Stripe Tax adds VAT to plans. Off is for who need not charge any: Stripe refuses until it is set up there.
STRIPE_TAX = os.environ.get("STRIPE_TAX", "1") == "1"
STRIPE_LIVE = STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))
# Where the platform itself pays VAT: tenants elsewhere in the EU with a verified VAT id account for it themselves.
PLATFORM_COUNTRY = os.environ.get("PLATFORM_COUNTRY", "DE")
# dj-stripe mirrors the platform's own customers and subscriptions in `public`; `billing.mirror` says how.
DJSTRIPE_SUBSCRIBER_MODEL = "tenants.Tenant"
DJSTRIPE_FOREIGN_KEY_TO_FIELD = "id"
# All models of oauth2_provider are swapped for those of `oauth`: there is nothing to migrate.
MIGRATION_MODULES = {"djstripe": "billing.mirror.migrations", "oauth2_provider": None}

# The outside. What tenants are trusted with for others (tokens, webhook secrets) is sealed under these keys, the first
# one; all of them open, so a new one is put in front.
VAULT_KEYS = [key for key in os.environ.get("VAULT_KEYS", "").split(",") if key]
# Whether addresses that tenants give us may be this machine's own, and plain http: for developers and tests alone.
OUTSIDE_ALLOWS_LOOPBACK = False

# Who is asked about domains that tenants bring (addresses, commas; without any, the machine's own resolvers), and the
# addresses of our web servers, for those who cannot set an alias at the top of their domain.
DNS_RESOLVERS = [each.strip() for each in os.environ.get("DNS_RESOLVERS", "").split(",") if each.strip()]
DNS_PORT, DNS_SECONDS = int(os.environ.get("DNS_PORT", "53")), float(os.environ.get("DNS_SECONDS", "5"))
WEB_ADDRESSES = [each.strip() for each in os.environ.get("WEB_ADDRESSES", "").split(",") if each.strip()]
CERTIFICATES_PER_HOUR = int(os.environ.get("CERTIFICATES_PER_HOUR", "80"))
CERTIFICATES_PER_NAME = int(os.environ.get("CERTIFICATES_PER_NAME", "40"))

# Mail: `config.settings.carriers` says who carries it. Without anybody it lies in files, one per letter.
EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS", "0") == "1"
EMAIL_TIMEOUT = 10
MAIL_PROVIDER, EMAIL_BACKEND, ANYMAIL = carriers.chosen(os.environ)
MAIL_CARRIES_ALTERNATIVES = carriers.carries_alternatives(MAIL_PROVIDER)
# The page that shows those files at the platform's host; for developers alone.
MAILBOX_PAGE = False
EMAIL_FILE_PATH = VAR / "mail"
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", f"bookings@{BASE_DOMAIN}")

# Short messages. Without keys and a sender (a number, or a Messaging Service), no tenant can switch them on.
TWILIO_ACCOUNT_SID = os.environ.get("TWILIO_ACCOUNT_SID", "")
TWILIO_AUTH_TOKEN = os.environ.get("TWILIO_AUTH_TOKEN", "")
TWILIO_FROM = os.environ.get("TWILIO_FROM", "")
TWILIO_API_URL = os.environ.get("TWILIO_API_URL", "https://api.twilio.com")

# A policy without exceptions: no inline script, no inline style, nothing from elsewhere.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
FILE_UPLOAD_MOST = 8_000_000  # of one file; pictures are the largest that there are (venues/encoding.py)
FILE_UPLOAD_HANDLERS = [
    "rest.uploads.BoundedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

CELERY_BROKER_URL = REDIS_URL

# From where operators sign in and work (CIDR, commas); from everywhere without any.
OPERATOR_NETWORKS = [each.strip() for each in os.environ.get("OPERATOR_NETWORKS", "").split(",") if each.strip()]

# We always say where Stripe is; dj-stripe takes that for a leftover of development.
# security.W003 looks for the name of Django's own middleware; ours is a child of it (`rest.csrf`, held by a test).
SILENCED_SYSTEM_CHECKS = ["djstripe.W002", "security.W003"]
