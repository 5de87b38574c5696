"""Parts of a record, one below the other, that are too long for the cells of a table."""

from typing import Any

from django.contrib import admin

from pimms_directory.editing.edited_admin import OWN_FIELDS


class StackedInline(admin.StackedInline):
    template = "admin/directory/stacked_inline.html"
    formfield_overrides = OWN_FIELDS
    extra = 1
    new_title: Any  # above the fields of one that is not saved yet
    add_text: Any  # the link that adds one
