"""The pages of the admin that open a record of a model."""

from django.apps import apps
from django.urls import reverse

from sites.models import IntercommunalBody, OfficialList, OtherDesk, OtherNames

LOADED_WHOLE = (IntercommunalBody, OtherDesk, OtherNames)  # from files that are built: nobody edits them
# Those of the official list are no forms of a record: tests/sites/official_list/ opens them.
MODELS = [
    model
    for app in ("labels", "directory")
    for model in apps.get_app_config(app).get_models()
    if model not in (OfficialList, *LOADED_WHOLE)
]


def admin_page(model, name: str = "changelist", *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)
