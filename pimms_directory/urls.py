from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from pimms_directory import crawlers, views
from sites.urls import translated

handler400 = "pimms_directory.views.bad_request"
handler403 = "pimms_directory.views.forbidden"
handler404 = "pimms_directory.views.not_found"
handler500 = "pimms_directory.views.server_error"

# Below the code of each language but French.
urlpatterns = i18n_patterns(
    path("", views.Home.as_view(), name="home"),
    path("", include(translated)),
    path("a-propos/", views.About.as_view(), name="about"),
    prefix_default_language=False,
)
urlpatterns += [
    path("", include("sites.urls")),
    path("", include("sites.versions.urls")),
    path("accessibilite/", views.Accessibility.as_view(), name="accessibility"),
    path("mentions-legales/", views.LegalNotice.as_view(), name="legal-notice"),
    path("plan-du-site/", views.SiteMap.as_view(), name="site-map"),
    path("sitemap.xml", crawlers.sitemap, name="sitemap"),
    path("robots.txt", crawlers.robots_txt, name="robots-txt"),
    path(".well-known/security.txt", crawlers.security_txt, name="security-txt"),
    path("favicon.ico", views.icon, {"name": "favicon.ico", "content_type": "image/x-icon"}, name="favicon"),
    path(
        "apple-touch-icon.png",
        views.icon,
        {"name": "apple-touch-icon.png", "content_type": "image/png"},
        name="apple-touch-icon",
    ),
    path("site.webmanifest", views.web_manifest, name="web-manifest"),
    path(settings.ADMIN_PATH, admin.site.urls),
]
