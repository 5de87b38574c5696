from django.urls import path

from labels import views

urlpatterns = [
    path("labels/", views.WaveList.as_view(), name="wave-list"),
    path("labels/<slug:code>/", views.WaveDetail.as_view(), name="wave"),
    path("communiques/", views.ReleaseList.as_view(), name="release-list"),
    path("communiques/<slug:slug>/", views.ReleaseDetail.as_view(), name="release"),
]
