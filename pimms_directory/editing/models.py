"""A change to a published record that waits: the form as it was posted, until somebody publishes or abandons it."""

from typing import Any

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pimms_directory.editing.kept_forms import packed, unpacked
from pimms_directory.editing.publishing.publication import Publishable


class KeptChangeQuerySet(models.QuerySet["KeptChange"]):
    def of(self, record: models.Model) -> "KeptChange | None":
        kind = ContentType.objects.get_for_model(record)
        return self.filter(content_type=kind, object_id=record.pk).select_related("author").first()

    def waiting(self) -> "KeptChangeQuerySet":
        """The newest first, with their records."""
        return self.select_related("author").prefetch_related("record").order_by("-kept_at", "-pk")

    def keep(self, record: models.Model, posted: QueryDict, author: Any, *left_out: str) -> "KeptChange":
        kind = ContentType.objects.get_for_model(record)
        values = {"form": packed(posted, *left_out), "author": author, "kept_at": timezone.now()}
        kept, _is_new = self.update_or_create(values, content_type=kind, object_id=record.pk)
        return kept


class KeptChange(models.Model):
    """One for each record. Who may change the record may see it, publish it and abandon it."""

    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.BigIntegerField()
    record = GenericForeignKey()
    form = models.TextField(_("formulaire"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, verbose_name=_("auteur"))
    kept_at = models.DateTimeField(_("date"))

    objects = KeptChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("modification en préparation")
        verbose_name_plural = _("modifications en préparation")
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("content_type", "object_id"), name="one_kept_change_a_record"),)

    def __str__(self) -> str:
        return f"{self.record}, {timezone.localtime(self.kept_at):%d/%m/%Y %H:%M}"

    @property
    def posted(self) -> QueryDict:
        return unpacked(self.form)

    @property
    def version(self) -> str:
        """What a form that was opened from it carries, to be known from a newer one."""
        return self.kept_at.isoformat()


def goes_with_its_record(sender: type[models.Model], instance: models.Model, **kwargs: Any) -> None:
    if isinstance(instance, Publishable):
        kind = ContentType.objects.get_for_model(sender)
        KeptChange.objects.filter(content_type=kind, object_id=instance.pk).delete()
