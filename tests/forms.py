"""What a browser would send of a form on a page."""

from html.parser import HTMLParser

from django.http import HttpResponse


class Fields(HTMLParser):
    """The successful controls of the first form whose ``id`` or ``method`` fits, by name, as lists."""

    def __init__(self, form_id: str = "") -> None:
        super().__init__()
        self.form_id = form_id
        self.inside = False
        self.done = False
        self.data: dict[str, list[str]] = {}
        self.select = self.textarea = ""
        self.first_option: str | None = None

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "form" and not self.done:
            wanted = values.get("id") == self.form_id if self.form_id else values.get("method", "").lower() == "post"
            self.inside = wanted and values.get("id") != "logout-form"
        if not self.inside or "disabled" in values:
            return
        name = values.get("name") or ""
        if tag == "input" and name and values.get("type") not in ("submit", "button", "file", "image"):
            if values.get("type") in ("checkbox", "radio") and "checked" not in values:
                return
            self.data.setdefault(name, []).append(
                values.get("value", "on" if values.get("type") == "checkbox" else "") or ""
            )
        elif tag == "select":
            self.select, self.first_option = name, None
        elif tag == "option" and self.select:
            if "selected" in values:
                self.data.setdefault(self.select, []).append(values.get("value") or "")
            elif self.first_option is None:
                self.first_option = values.get("value") or ""
        elif tag == "textarea":
            self.textarea = name
            self.data[name] = [""]

    def handle_data(self, data):
        if self.textarea:
            self.data[self.textarea][0] += data

    def handle_endtag(self, tag):
        if tag == "select" and self.select:
            if self.select not in self.data and self.first_option is not None:
                self.data[self.select] = [self.first_option]
            self.select = ""
        elif tag == "textarea" and self.textarea:
            self.data[self.textarea][0] = self.data[self.textarea][0].removeprefix("\r\n").removeprefix("\n")
            self.textarea = ""
        elif tag == "form" and self.inside:
            self.inside, self.done = False, True


def filled(response: HttpResponse, form_id: str = "", **typed: str) -> dict[str, list[str]]:
    """The form of a page as a browser sends it, with what was ``typed`` (``__`` stands for ``-``)."""
    assert response.status_code == 200, response
    fields = Fields(form_id)
    response.render() if hasattr(response, "render") and not response.is_rendered else None
    fields.feed(response.content.decode())
    assert fields.data, "no such form on the page"
    data = {name: values for name, values in fields.data.items() if "__prefix__" not in name}
    for name, value in typed.items():
        data[name.replace("__", "-")] = [value]
    return {name: values for name, values in data.items() if values != [None]}
