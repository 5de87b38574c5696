/* Improves the place field: suggestions while typing, and "around me". Without it, the field is a plain field.
   The list of suggestions follows the editable combobox of the ARIA Authoring Practices Guide. */

const MINIMUM = 2;
const PAUSE = 150; // milliseconds without a key before asking
const PATIENCE = 10000; // milliseconds to wait for a position

/* Submits the form with this place instead of the words in its field. */
function search(form, place) {
  const parameters = new URLSearchParams(new FormData(form));
  for (const name of ["lieu", "commune", "lat", "lon", "page"]) parameters.delete(name);
  for (const [name, value] of [...parameters]) if (!value) parameters.delete(name);
  for (const [name, value] of Object.entries(place)) parameters.set(name, value);
  location.assign(`${form.action}?${parameters}`);
}

class Suggestions {
  constructor(field) {
    this.field = field;
    this.input = field.querySelector("input");
    this.status = field.querySelector(".place-status");
    this.active = -1;
    this.options = [];
    this.asked = 0; // questions so far, and the last one whose answer counts
    this.answered = 0;
    this.list = document.createElement("ul");
    this.list.id = `${this.input.id}-liste`;
    this.list.className = "suggestions";
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", this.input.labels[0].textContent);
    this.list.hidden = true;
    this.input.after(this.list);
    for (const [name, value] of Object.entries({
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": this.list.id,
    })) this.input.setAttribute(name, value);

    this.input.addEventListener("input", () => this.wait());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.close());
    // Before the blur that a press outside the field causes.
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      this.settle();
    });
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.choose(option);
    });
  }

  wait() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), PAUSE);
  }

  /* On a slow network, answers come when the reader has typed on: each replaces the list unless a newer one did. */
  async ask() {
    const typed = this.input.value.trim();
    if (typed.length < MINIMUM) return this.close();
    const question = ++this.asked;
    try {
      const response = await fetch(`${this.field.dataset.suggestions}?q=${encodeURIComponent(typed)}`);
      const { results } = await response.json();
      if (question <= this.answered || document.activeElement !== this.input) return;
      this.answered = question;
      this.show(results);
    } catch {
      if (question === this.asked) this.close(); // offline: the field still works by itself
    }
  }

  /* The list stays as it is, whatever is still on its way: the reader is choosing from it, or has closed it. */
  settle() {
    clearTimeout(this.timer);
    this.answered = this.asked;
  }

  show(results) {
    this.results = results;
    this.options = results.map(({ label }, number) => {
      const option = document.createElement("li");
      option.id = `${this.list.id}-${number}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.textContent = label;
      return option;
    });
    this.list.replaceChildren(...this.options);
    this.open(results.length > 0);
    this.list.scrollTop = 0;
    this.list.scrollIntoView({ block: "nearest" }); // on a phone, from behind the keyboard
    const { foundNone, foundOne, foundMany } = this.field.dataset;
    this.say([foundNone, foundOne][results.length] ?? foundMany.replace("{n}", results.length));
  }

  say(text) {
    this.status.textContent = this.said = text;
  }

  open(yes) {
    this.list.hidden = !yes;
    this.input.setAttribute("aria-expanded", String(yes));
    this.move(-1);
  }

  close() {
    this.settle();
    if (this.status.textContent === this.said) this.say(""); // other sentences there are not about the list
    this.open(false);
  }

  move(to) {
    this.options[this.active]?.setAttribute("aria-selected", "false");
    this.active = to;
    const option = this.options[to];
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) this.input.setAttribute("aria-activedescendant", option.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  choose(option) {
    const { label, parameters } = this.results[this.options.indexOf(option)];
    const typed = this.input.value;
    addEventListener("pagehide", () => (this.input.value = typed), { once: true }); // for who comes back
    this.input.value = label;
    this.close();
    search(this.input.form, parameters);
  }

  key(event) {
    const open = !this.list.hidden;
    if (event.isComposing) return; // the key is for the input method: Chinese, Japanese …
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) return this.ask();
      this.settle();
      const count = this.options.length + 1; // one more place: back in the field
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.move(((this.active + 1 + step + count) % count) - 1);
    } else if (event.key === "Enter" && open && this.active >= 0) {
      event.preventDefault();
      this.choose(this.options[this.active]);
    } else if (event.key === "Enter") {
      this.close();
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      this.close();
    }
  }
}

class AroundMe {
  constructor(field) {
    this.form = field.closest("form");
    this.input = field.querySelector("input");
    this.status = field.querySelector(".place-status");
    this.texts = field.dataset;
    this.button = field.querySelector(".locate");
    this.button.hidden = false;
    this.button.addEventListener("click", () => this.locate());
  }

  locate() {
    if (this.button.ariaDisabled === "true") return;
    this.say(this.texts.waiting);
    this.button.ariaDisabled = "true"; // a disabled button would lose the focus
    navigator.geolocation.getCurrentPosition(
      (position) => this.go(position.coords),
      (error) => this.explain(error),
      { timeout: PATIENCE, maximumAge: 60000 },
    );
  }

  /* Where the reader sees it: on a phone, the line may lie below the window. */
  say(text) {
    this.status.textContent = text;
    this.status.scrollIntoView({ block: "nearest" });
  }

  go({ latitude, longitude }) {
    // Three decimals are about a hundred metres: enough to rank desks, too coarse to tell a door.
    search(this.form, { lat: latitude.toFixed(3), lon: longitude.toFixed(3) });
  }

  explain(error) {
    this.button.ariaDisabled = "false";
    this.input.focus();
    this.say(error.code === error.PERMISSION_DENIED ? this.texts.denied : this.texts.unavailable);
  }
}

for (const field of document.querySelectorAll(".place-field")) {
  new Suggestions(field);
  if (field.querySelector(".locate") && "geolocation" in navigator && isSecureContext) new AroundMe(field);
}
