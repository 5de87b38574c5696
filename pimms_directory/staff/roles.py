"""Who may do what: the groups of the admin and their permissions, declared here and nowhere else.

``migrate`` applies the declaration each time, so that a new model needs one word below, and no migration. The groups
below belong to the code: the admin shows them without letting anybody change them, and what was changed in the
database by other means is put right. Their members, and groups of other names, are never touched.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed
from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db.models import Q

ALL = ("view", "add", "change", "delete")


@dataclass(frozen=True)
class Role:
    """A group. Models are named ``app.model``, or ``app.*`` for all that an app has now and later."""

    name: str
    may_edit: tuple[str, ...]
    may_view: tuple[str, ...] = ()

    @property
    def condition(self) -> Q:
        """On ``auth.Permission``: what the role has, which is nothing where nothing is declared."""
        return reduce(or_, self.permissions(), Q(pk__in=[]))

    def permissions(self) -> Iterator[Q]:
        """A condition for each declaration, on ``auth.Permission``."""
        for models, actions in ((self.may_edit, ALL), (self.may_view, ("view",))):
            for label in models:
                app, model = label.split(".")
                if model == "*":
                    yield Q(content_type__app_label=app)
                else:
                    codenames = [f"{action}_{model}" for action in actions]
                    yield Q(content_type__app_label=app, content_type__model=model, codename__in=codenames)


ROLES = {
    "redaction": Role(
        name="Rédaction",
        may_edit=(
            *("directory.site", "directory.openingperiod", "directory.notice", "directory.sitealias"),
            "directory.association",
        ),
        # What a site refers to, and the printed lines that its page quotes.
        may_view=("directory.commune", "directory.department", "directory.listing", "labels.wave"),
    ),
    "presse": Role(
        name="Presse",
        may_edit=("labels.pressrelease", "labels.keyfigure", "labels.fact", "labels.wave", "directory.listing"),
        may_view=("directory.site",),
    ),
    "administration": Role(
        name="Administration",
        may_edit=("labels.*", "directory.*", "auth.user", "auth.group"),
        may_view=("staff.loginevent",),
    ),
}
NAMES = {role.name for role in ROLES.values()}


def grantable() -> Q:
    """A condition on ``auth.Permission``: what the role with the most rights has, and so what another role may have."""
    return ROLES["administration"].condition


def apply_roles(using: str, sender: AppConfig | None = None, apps: Apps = installed, **kwargs: Any) -> None:
    """Makes the groups and gives each exactly the permissions above: after ``migrate`` and ``flush``.

    ``apps`` are the models as the last migration leaves them: half of them are missing after ``migrate sites 0001``.
    """
    try:
        group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    except LookupError:
        return
    # Django makes an app's permissions after all migrations, app by app: those of later apps may not be there yet.
    for config in apps.get_app_configs():
        if config.label in {"auth", "labels", "directory", "staff"}:
            create_permissions(installed.get_app_config(config.label), verbosity=0, using=using, apps=apps)
    for role in ROLES.values():
        group, _ = group_model.objects.using(using).get_or_create(name=role.name)
        group.permissions.set(permission_model.objects.using(using).filter(role.condition))
