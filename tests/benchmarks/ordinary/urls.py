from django.urls import path

from tests.benchmarks.ordinary.views import SiteList

urlpatterns = [
    path("pimms/", SiteList.as_view(), name="site-list"),
    # What the models' get_absolute_url() asks for.
    path("pimms/<slug:slug>/", SiteList.as_view(), name="site"),
]
