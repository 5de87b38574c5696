/* Improves the place field: suggestions while typing, and "around me". Without it, the field is a plain field.
   The list of suggestions follows the editable combobox of the ARIA Authoring Practices Guide. */

const MINIMUM = 2;
const PAUSE = 150; // milliseconds without a key before asking
const PATIENCE = 10000; // milliseconds to wait for a position

class Suggestions {
  constructor(field) {
    this.field = field;
    this.input = field.querySelector("input");
    this.status = field.querySelector(".place-status");
    this.active = -1;
    this.options = [];
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
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.choose(option);
    });
  }

  wait() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), PAUSE);
  }

  async ask() {
    this.request?.abort();
    const typed = this.input.value.trim();
    if (typed.length < MINIMUM) return this.close();
    this.request = new AbortController();
    try {
      const address = `${this.field.dataset.suggestions}?q=${encodeURIComponent(typed)}`;
      const response = await fetch(address, { signal: this.request.signal });
      const { results } = await response.json();
      if (document.activeElement === this.input) this.show(results.map((result) => result.label));
    } catch {
      this.close(); // offline, or another key came first: the field still works by itself
    }
  }

  show(labels) {
    this.options = labels.map((label, number) => {
      const option = document.createElement("li");
      option.id = `${this.list.id}-${number}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.textContent = label;
      return option;
    });
    this.list.replaceChildren(...this.options);
    this.open(labels.length > 0);
    const { foundOne, foundMany } = this.field.dataset;
    this.status.textContent = labels.length === 1 ? foundOne : labels.length ? foundMany.replace("{n}", labels.length) : "";
  }

  open(yes) {
    this.list.hidden = !yes;
    this.input.setAttribute("aria-expanded", String(yes));
    this.move(-1);
  }

  close() {
    clearTimeout(this.timer);
    this.request?.abort();
    if (!this.list.hidden) this.status.textContent = "";
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
    this.input.value = option.textContent;
    this.close();
    this.input.focus();
  }

  key(event) {
    const open = !this.list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) return this.ask();
      const count = this.options.length + 1; // one more place: back in the field
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.move(((this.active + 1 + step + count) % count) - 1);
    } else if (event.key === "Enter" && open && this.active >= 0) {
      event.preventDefault();
      this.choose(this.options[this.active]);
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
    this.status.textContent = this.texts.waiting;
    this.button.disabled = true;
    navigator.geolocation.getCurrentPosition(
      (position) => this.go(position.coords),
      (error) => this.explain(error),
      { timeout: PATIENCE, maximumAge: 60000 },
    );
  }

  go({ latitude, longitude }) {
    // Three decimals are about a hundred metres: enough to rank desks, too coarse to tell a door.
    const parameters = new URLSearchParams(new FormData(this.form));
    for (const name of ["lieu", "commune", "page"]) parameters.delete(name);
    for (const [name, value] of [...parameters]) if (!value) parameters.delete(name);
    parameters.set("lat", latitude.toFixed(3));
    parameters.set("lon", longitude.toFixed(3));
    location.assign(`${this.form.action}?${parameters}`);
  }

  explain(error) {
    this.button.disabled = false;
    this.status.textContent = error.code === error.PERMISSION_DENIED ? this.texts.denied : this.texts.unavailable;
    this.input.focus();
  }
}

for (const field of document.querySelectorAll(".place-field")) {
  new Suggestions(field);
  if (field.querySelector(".locate") && "geolocation" in navigator && isSecureContext) new AroundMe(field);
}
