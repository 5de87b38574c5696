"""What was typed into a form of the admin while its session ended: kept, and shown again to the account that typed it.

Each form carries who it was drawn for, signed. Only with such a mark is anything kept: in the session of the browser
that sent it, until somebody logs in there. The same account finds its form filled, after the code of its second factor
if it has one; another one never sees it, and makes it go. Forms that ask for a password carry no mark.
"""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from pimms_directory.editing.kept_forms import packed, unpacked

MARK, KEY = "_typed_by", "typed"
LONGEST_OPEN = timedelta(days=7)
# What says yes in the last step of an action: such a step is shown again, not taken.
CONFIRMING = ("_confirmed", "post")


def mark(user: Any) -> str:
    return signing.dumps(user.pk, salt=MARK)


def keep(request: HttpRequest) -> bool:
    """Whether the form that was posted will be shown again."""
    try:
        owner = signing.loads(request.POST[MARK], salt=MARK, max_age=LONGEST_OPEN)
    except (KeyError, signing.BadSignature):
        return False
    if request.user.is_authenticated and request.user.pk != owner:
        return False
    request.session[KEY] = {
        "owner": owner,
        "address": request.get_full_path(),
        "form": packed(request.POST),
        "had_file": bool(request.FILES),
    }
    if not request.user.is_authenticated:
        messages.info(request, _("Ce que vous avez saisi est gardé : reconnectez-vous pour le retrouver."))
    return True


def forget_others(request: HttpRequest, user: Any) -> None:
    if request.session.get(KEY, {}).get("owner") != user.pk:
        request.session.pop(KEY, None)


def take(request: HttpRequest) -> QueryDict | None:
    """What this account had typed at this address: once."""
    kept = request.session.get(KEY)
    if not kept or (kept["owner"], kept["address"]) != (request.user.pk, request.get_full_path()):
        return None
    del request.session[KEY]
    text = _("Votre session avait pris fin : voici ce que vous aviez saisi, rien n’est encore enregistré.")
    if kept["had_file"]:
        text = f"{text} {_('Le fichier est à choisir de nouveau.')}"
    messages.warning(request, text)
    return unpacked(kept["form"])


def without_confirmation(posted: QueryDict) -> QueryDict:
    for name in CONFIRMING:
        posted.pop(name, None)
    return posted
