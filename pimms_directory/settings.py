"""Settings, all of them, read from the environment. docs/configuration.md lists the variables.

Two modes: ``production`` (the default: nothing is guessed, what is missing stops the start) and
``local`` (``make run``, ``make dev``, tests: SQLite and a generated key under ``var/``, plain HTTP).
"""

import importlib.util
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.http.request import split_domain_port

from pimms_directory.base import databases, env, languages, logs
from pimms_directory.base.env import network, rules

env.gather()  # what is missing or wrong, all of it, until refuse_gathered() at the end

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = rules.folder("PIMMS_VAR", BASE_DIR / "var")

PRODUCTION = env.choice("PIMMS_MODE", {"production", "local"}, default="production") == "production"
DEBUG = env.boolean("DEBUG", default=False)
if DEBUG and PRODUCTION:
    env.refuse("DEBUG is true in production mode: unset it, or set PIMMS_MODE=local.", None)

if PRODUCTION:
    SECRET_KEY = rules.secret_key("SECRET_KEY")
    PUBLIC_ORIGIN = network.origin("PUBLIC_ORIGIN")
    OTHER_HOSTS = network.hosts("ALLOWED_HOSTS")
    DATABASE_URL = env.text("DATABASE_URL")
else:
    SECRET_KEY = env.text("SECRET_KEY", "") or rules.key_of_this_machine(VAR_DIR)
    PUBLIC_ORIGIN = network.origin("PUBLIC_ORIGIN", "http://127.0.0.1:8000", secure=False)
    OTHER_HOSTS = network.hosts("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
    DATABASE_URL = env.text("DATABASE_URL", f"sqlite:///{VAR_DIR / 'db.sqlite3'}")
# Pages name no other address than this one, and requests that come by another are sent there: all but in local mode
# where nobody set it, so that a server can be looked at on any port.
REDIRECT_TO_ORIGIN = PRODUCTION or bool(env.text("PUBLIC_ORIGIN", ""))
ALLOWED_HOSTS = [split_domain_port(urlsplit(PUBLIC_ORIGIN).netloc)[0], *OTHER_HOSTS]
SECRET_KEY_FALLBACKS = rules.former_keys("SECRET_KEY_FALLBACKS")  # former keys, so that a new one ends no session

# For who operates the site (docs/operations.md).
VERSION = env.text("PIMMS_VERSION", "")
BACKUP_DIR = rules.folder("BACKUP_DIR", VAR_DIR / "backups")
METRICS_TOKEN = rules.token("METRICS_TOKEN")  # without it there is no /metrics

# What a public site owes its readers (French law on digital trust of 21 June 2004, article 6). Nothing is invented:
# production does not start without it, and local mode shows it as not yet given.
OWED = None if PRODUCTION else ""
SITE_NAME = "Annuaire des PIMMS labellisés France Services"
SITE_SHORT_NAME = "PIMMS France Services"  # where there is little room: behind the title of a page
SITE = {
    "publisher": env.text("SITE_PUBLISHER", OWED, means="the legal person that publishes the site"),
    "contact": env.text("SITE_CONTACT", OWED, means="the mail address or telephone number for readers"),
    "press_contact": env.text("SITE_PRESS_CONTACT", ""),  # for journalists, if it is another one
    "publication_director": env.text("SITE_PUBLICATION_DIRECTOR", OWED, means="the director of publication"),
    "host": env.text("SITE_HOST", OWED, means="name, address and telephone number of the hosting provider"),
}

# Where the State agency's list is fetched from, if it is; and to which hosts beside its own it may redirect.
OFFICIAL_LIST_URL = network.download("OFFICIAL_LIST_URL")
OFFICIAL_LIST_HOSTS = network.hosts_with_ports("OFFICIAL_LIST_HOSTS", "static.data.gouv.fr")

# How old the check of a record may be before staff are asked to confirm it.
RECORD_MAX_AGE_DAYS = env.integer("RECORD_MAX_AGE_DAYS", default=183, minimum=1)

# Mail to staff. Without a server none is sent.
EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD, EMAIL_USE_TLS, EMAIL_USE_SSL = rules.mail_server(
    "EMAIL_URL"
)
EMAIL_TIMEOUT = 30
DEFAULT_FROM_EMAIL = rules.sender("EMAIL_FROM", SITE["contact"], needed=bool(EMAIL_HOST))

# Who names the entries of the feeds (RFC 4151): part of ids that must never change once readers have seen them.
FEED_AUTHORITY = network.tagging_entity("FEED_AUTHORITY", "pimms-directory.example,2026")

INSTALLED_APPS = [
    "pimms_directory.apps.DirectoryAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "pimms_directory.apps.StaticFilesConfig",
    "django_filters",
    "reversion",
    "csp",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "pimms_directory",
    "pimms_directory.editing",
    "labels",
    "sites",
    "sites.versions",
    "pimms_directory.staff",  # after what it watches (axes) and hides (the pages of the devices)
]

MIDDLEWARE = [
    # Those that write headers come first, so that no answer leaves without them.
    "django.middleware.security.SecurityMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "pimms_directory.middleware.ContentSecurityPolicyMiddleware",
    "pimms_directory.middleware.HealthMiddleware",
    "pimms_directory.middleware.PublicOriginMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "pimms_directory.middleware.LanguageMiddleware",
    "pimms_directory.middleware.PublicPagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "pimms_directory.middleware.CanonicalAddressMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

APPEND_SLASH = False  # CanonicalAddressMiddleware does it, for pages that exist

# The page cache in front of Django (pimms_directory/serving/page_cache.py): its memory in each process, and for how
# long a CDN may answer in our place.
PAGE_CACHE_MB = env.integer("PAGE_CACHE_MB", default=0 if DEBUG else 8)
CDN_SECONDS = env.integer("CDN_SECONDS", default=60)

ROOT_URLCONF = "pimms_directory.urls"
WSGI_APPLICATION = "pimms_directory.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pimms_directory.context.site",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "pimms_directory.base.templatetags.french",
                "pimms_directory.base.templatetags.languages",
                "sites.templatetags.page_head",
            ],
        },
    },
]

# Parts of pages that many have, up to 8 kB each: Django keeps 300.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "template_fragments": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "parts"},
}

# wsgi.py says so, before it loads these settings; commands have neither pool nor limits.
DATABASES = databases.configured(DATABASE_URL, serving=env.boolean("PIMMS_SERVING", default=False))
MIGRATION_LOCK_SECONDS = env.integer("MIGRATION_LOCK_SECONDS", default=5)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The admin: where it is, who may enter, for how long. The app “staff” carries it out.
ADMIN_PATH = rules.path_prefix("ADMIN_PATH", "admin/")
ADMIN_REQUIRE_TOTP = env.boolean("ADMIN_REQUIRE_TOTP", default=False)
LOGIN_URL, LOGIN_REDIRECT_URL = "admin:login", "admin:index"
LOGIN_LOG_DAYS = env.integer("LOGIN_LOG_DAYS", default=180, minimum=1)
OTP_TOTP_ISSUER = SITE_SHORT_NAME
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
# Counted in the database, which all processes share. The account *at this address* is locked: neither everybody
# behind one address, nor an account from everywhere because a stranger knows its name.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
LOGIN_ACCOUNT_LIMIT = 100  # failures in a row from all addresses together (NIST SP 800-63B, 5.2.2)
AXES_FAILURE_LIMIT = env.integer("LOGIN_FAILURE_LIMIT", default=5, minimum=1, maximum=LOGIN_ACCOUNT_LIMIT)
PASSWORD_MAIL_LIMIT = 3  # to one mail address, whoever asks; then none for LOGIN_LOCK_MINUTES
AXES_HANDLER = "pimms_directory.staff.logins.LoginCounter"
AXES_COOLOFF_TIME = timedelta(minutes=env.integer("LOGIN_LOCK_MINUTES", default=30, minimum=1))
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # who keeps trying must not keep others out for ever
AXES_CLIENT_IP_CALLABLE = "pimms_directory.staff.models.lock_address"
AXES_LOCKOUT_CALLABLE = "pimms_directory.staff.views.locked_out"
AXES_DISABLE_ACCESS_LOG = True  # staff.LoginEvent keeps less of a person
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken", "next"]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "pimms_directory.staff.passwords.validators.KnownPasswordValidator"},
    {"NAME": "pimms_directory.staff.passwords.validators.OwnWordsValidator"},
]

LANGUAGE_CODE = "fr"
LOCALE_PATHS = [BASE_DIR / "locale"]
# A language is offered once its catalogue is there, and its pages say so until somebody has reviewed it.
LANGUAGES = languages.with_catalogue(LOCALE_PATHS[0])
TRANSLATION_REVIEWED = rules.known_codes("TRANSLATION_REVIEWED", set(languages.BY_CODE))
FORMAT_MODULE_PATH = "pimms_directory.formats"
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "/static/"
# Of django-leaflet its static files alone: as an application it would ask for GDAL.
LEAFLET = Path(str(importlib.util.find_spec("leaflet").origin)).parent  # type: ignore[union-attr]
STATICFILES_DIRS = [BASE_DIR / "static", ("leaflet", LEAFLET / "static/leaflet"), ("guide", BASE_DIR / "docs/images")]
STATIC_ROOT = rules.folder_beside("STATIC_ROOT", VAR_DIR / "static", [BASE_DIR / "static", LEAFLET, BASE_DIR / "docs"])
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        # With DEBUG, files are served as they lie in static/, without a collected manifest.
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_MIMETYPES = {".svg": "image/svg+xml; charset=utf-8"}  # text, of which whitenoise does not say so

FIXTURE_DIRS = [BASE_DIR / "fixtures"]

# HTTPS is ended by the proxy in front; TRUST_PROXY says that it sets X-Forwarded-Proto itself.
SECURE_HSTS_SECONDS, SECURE_HSTS_INCLUDE_SUBDOMAINS, SECURE_HSTS_PRELOAD = rules.strict_transport(
    default=rules.YEAR if PRODUCTION else 0
)
# W005 and W021 would have both; W008, a redirect to HTTPS, which PublicOriginMiddleware does.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
TRUST_PROXY = env.boolean("TRUST_PROXY", default=PRODUCTION)
PROXY_COUNT = env.integer("PROXY_COUNT", default=1, minimum=1)  # the last of them wrote X-Forwarded-For's last entry
# Whether the server is asked by others than this machine, and nobody said that those are proxies (checks.py).
HOST = network.listening_host("HOST")
TRUSTS_ANYBODY = TRUST_PROXY and not env.text("TRUST_PROXY", "") and not network.is_of_this_machine(HOST)
if TRUST_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# Browsers send them to the admin alone: __Host- would ask for the path of the whole site.
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = f"/{ADMIN_PATH}"
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = (
    ("__Secure-session", "__Secure-csrf") if PRODUCTION else ("sessionid", "csrftoken")
)
CSRF_FAILURE_VIEW = "pimms_directory.staff.site.form_refused"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # the other one sets a cookie for all pages
SESSION_IDLE_SECONDS, SESSION_COOKIE_AGE = rules.session_limits()
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_TRUSTED_ORIGINS = [PUBLIC_ORIGIN]  # whatever the proxy in front makes of Host and scheme
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # the comparison with the official list has some twenty boxes a site

# A page that needs none of these features declares that nothing on it may use them; geolocation stays with our own
# pages, for “around me”.
UNUSED_FEATURES = (
    *("accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "gyroscope"),
    *("magnetometer", "microphone", "midi", "payment", "picture-in-picture", "publickey-credentials-get"),
    *("screen-wake-lock", "sync-xhr", "usb", "xr-spatial-tracking"),
)
PERMISSIONS_POLICY: dict[str, list[str]] = {"geolocation": ["self"], **{name: [] for name in UNUSED_FEATURES}}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# The background of the detailed map, which a visitor asks for with a button: Plan IGN, free and without a key.
MAP_TILES = network.map_tiles(
    "MAP_TILES_URL",
    "https://data.geopf.fr/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=GEOGRAPHICALGRIDSYSTEMS.PLANIGNV2"
    "&STYLE=normal&FORMAT=image/png&TILEMATRIXSET=PM&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}",
    attribution=env.text("MAP_TILES_ATTRIBUTION", "© IGN – Plan IGN, Géoplateforme"),
)

LOGGING = logs.configured()

env.refuse_gathered()
