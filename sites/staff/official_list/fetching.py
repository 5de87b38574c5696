"""Asks the permanent address of the official list for its file, without trust: kept with its date, or a sentence."""

from __future__ import annotations

import hashlib
import ssl
import string
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse
from urllib.error import HTTPError, URLError
from urllib.parse import quote, unquote, urljoin, urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from pimms_directory.base.env import network
from pimms_directory.base.spreadsheets import BrokenFile
from pimms_directory.base.templatetags.french import french_date
from sites.models import OfficialList
from sites.staff.official_list.reading import LARGEST_BYTES, check_size, date_in_name, from_file

SILENT_SECONDS = 30  # that a server may say nothing
MOST_SECONDS = 120  # that it may take for the whole file
PIECE = 64 * 1024
REDIRECTS = {301, 302, 303, 307, 308}
MOST_REDIRECTS = 5
# A list with fewer rows than this part of the newest one was cut where a row ends: the State closes no fifth at once.
LEAST_PART = 0.8


class NotFetched(BrokenFile):
    """The address gave no file; the sentence says why."""


@dataclass(frozen=True)
class Answer:
    name: str
    data: bytes
    published_on: date | None
    etag: str
    last_modified: str


@dataclass(frozen=True)
class Fetched:
    official_list: OfficialList
    is_new: bool


def fetch() -> Fetched:
    """The list that is at its address now, kept if it is new.

    Raises ``BrokenFile``; whatever goes wrong, what is kept stays as it was.
    """
    url = settings.OFFICIAL_LIST_URL
    if not url:
        raise NotFetched(
            _("OFFICIAL_LIST_URL n’est pas réglé : donnez-lui l’adresse permanente de la liste officielle.")
        )
    last = OfficialList.objects.filter(fetched_from=url).order_by("-asked_at").first()
    answer = ask(url, last)
    if answer is None:
        if last is None:
            raise NotFetched(_("Le serveur dit que rien n’a changé, alors que rien ne lui avait encore été demandé."))
        return noted(last, url, last.etag, last.last_modified)
    sha256 = hashlib.sha256(answer.data).hexdigest()
    if same := OfficialList.objects.filter(sha256=sha256).first():
        return noted(same, url, answer.etag, answer.last_modified)
    official_list = from_file(answer.name, answer.data, answer.published_on)
    check_whole(official_list)
    official_list.fetched_from, official_list.asked_at = url, timezone.now()
    official_list.etag, official_list.last_modified = answer.etag, answer.last_modified
    official_list.save()
    return Fetched(official_list, is_new=True)


def noted(official_list: OfficialList, url: str, etag: str, last_modified: str) -> Fetched:
    """Says of a kept list that it is still the one, and nothing else of it."""
    kept = OfficialList.objects.filter(pk=official_list.pk)
    kept.update(fetched_from=url, asked_at=timezone.now(), etag=etag, last_modified=last_modified)
    return Fetched(official_list, is_new=False)


def check_whole(official_list: OfficialList) -> None:
    newest = OfficialList.objects.first()
    if newest and official_list.row_count < LEAST_PART * newest.row_count:
        text = _("Le fichier est sans doute coupé. Lignes : %(count)d, contre %(before)d dans la liste du %(day)s.")
        before = {"day": french_date(newest.published_on), "before": newest.row_count}
        raise NotFetched(text, count=official_list.row_count, **before)


def ask(url: str, last: OfficialList | None) -> Answer | None:
    """What the address answers, or None where it is what was answered last."""
    allowed = {urlsplit(url).netloc.lower(), *settings.OFFICIAL_LIST_HOSTS}
    headers = {"User-Agent": f"pimms-directory ({settings.PUBLIC_ORIGIN})", "Accept": "text/csv, */*;q=0.1"}
    if last and last.etag:
        headers["If-None-Match"] = last.etag
    if last and last.last_modified:
        headers["If-Modified-Since"] = last.last_modified
    opener = urllib.request.build_opener(NoRedirect)
    deadline = time.monotonic() + MOST_SECONDS
    try:
        for _step in range(MOST_REDIRECTS + 1):
            request = urllib.request.Request(url, headers=headers)  # noqa: S310 (env.download and redirected())
            try:
                with opener.open(request, timeout=SILENT_SECONDS) as response:
                    return received(response, url, deadline)
            except HTTPError as answer:
                with answer:
                    if answer.code == 304:
                        return None
                    url = redirected(url, answer, allowed)
    except BrokenFile:
        raise
    except (HTTPException, OSError, ValueError) as problem:
        raise NotFetched(reason(problem)) from problem
    raise NotFetched(_("L’adresse de la liste redirige plus de %(most)d fois."), most=MOST_REDIRECTS)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Redirects are followed here, once they are looked at."""

    def redirect_request(self, *args: object) -> None:
        return None


def redirected(url: str, answer: HTTPError, allowed: set[str]) -> str:
    target = answer.headers.get("Location")
    if answer.code not in REDIRECTS or not target:
        raise NotFetched(_("L’adresse de la liste répond par l’erreur %(code)d."), code=answer.code)
    target = quote(urljoin(url, target), safe=string.punctuation)
    host = urlsplit(target).netloc.lower()
    if host not in allowed:
        text = _("L’adresse de la liste redirige vers %(host)s, que OFFICIAL_LIST_HOSTS ne nomme pas.")
        raise NotFetched(text, host=host[:100] or "?")
    if not network.is_safe_download(target):
        raise NotFetched(_("L’adresse de la liste redirige vers %(host)s sans https."), host=host[:100])
    return target


def reason(problem: Exception) -> str:
    cause = problem.reason if isinstance(problem, URLError) else problem
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _("Le certificat du serveur de la liste n’est pas valable : rien n’en a été lu.")
    if isinstance(cause, TimeoutError):
        return _("Le serveur de la liste ne répond pas, ou trop lentement.")
    if isinstance(cause, HTTPException):
        return _("La réponse du serveur de la liste est coupée ou illisible.")
    return _("Le serveur de la liste est injoignable.")


def received(response: HTTPResponse, url: str, deadline: float) -> Answer:
    if response.status != 200:
        raise NotFetched(_("L’adresse de la liste répond par l’erreur %(code)d."), code=response.status)
    if response.headers.get_content_type() == "text/html":
        raise web_page()
    data = read(response, deadline)
    if data.lstrip()[:15].lower().startswith((b"<!doctype", b"<html")):
        raise web_page()
    name = response.headers.get_filename() or unquote(urlsplit(url).path.rpartition("/")[2]) or "liste.csv"
    tag = response.headers.get("ETag", "")
    return Answer(
        name=name,
        data=data,
        published_on=date_in_name(name) or day_of(response.headers),
        etag=tag if len(tag) <= OfficialList.TAG_LENGTH else "",
        last_modified=response.headers.get("Last-Modified", "")[: OfficialList.TAG_LENGTH],
    )


def web_page() -> NotFetched:
    return NotFetched(_("L’adresse de la liste répond par une page web (HTML), pas par un fichier CSV."))


def read(response: HTTPResponse, deadline: float) -> bytes:
    """The whole of it, never more than a list may weigh, not longer than until then."""
    announced = response.length
    check_size(announced or 0)
    data = bytearray()
    while piece := response.read1(PIECE):
        data += piece
        if len(data) > LARGEST_BYTES:
            text = _(
                "Le fichier dépasse %(most)d Mo ; la liste officielle en pèse un ou deux. La lecture s’est arrêtée là."
            )
            raise NotFetched(text, most=LARGEST_BYTES // 1_000_000)
        if time.monotonic() > deadline:
            raise TimeoutError
    if announced is not None and len(data) < announced:
        text = _("La réponse est coupée : %(found)d octets reçus sur %(announced)d.")
        raise NotFetched(text, found=len(data), announced=announced)
    return bytes(data)


def day_of(headers: Message) -> date | None:
    """When the file was put there, or else today as the server has it."""
    for name in ("Last-Modified", "Date"):
        with suppress(TypeError, ValueError):
            return timezone.localdate(parsedate_to_datetime(headers[name]))
    return None
