/* Keeps a copy of the directory on the reader's device, on request, and searches it. Without it, its page explains.
   service-worker.js answers from the same copy where there is no network. */

const COPY = "hors-ligne";
const MOST_PLACES = 10;
const MOST_DESKS = 5;
const EARTH_RADIUS_KM = 6371.0088; // as the server has it (sites/models/distance.py)
const ABBREVIATIONS = { st: "saint", ste: "sainte", sts: "saints", stes: "saintes" };
const LIGATURES = { œ: "oe", æ: "ae", ß: "ss" };
const ORDINAL = /\b(\d{1,2}) ?(?:er|ere|re|e|eme|ieme|nd|nde)\b/g;
const ARTICLE = /^(?:les?|la|l) (?=.)/;

/* As the server folds words (pimms_directory/base/folding.py): accents, case, hyphens and "St" do not matter. */
export function fold(text) {
  const letters = text.toLowerCase().replace(/[œæß]/g, (letter) => LIGATURES[letter]);
  const plain = letters.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const words = plain.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  return words.map((word) => ABBREVIATIONS[word] ?? word).join(" ").replace(ORDINAL, "$1e");
}

const withoutArticle = (name) => name.replace(ARTICLE, "");

function kilometres(from, to) {
  const radians = Math.PI / 180;
  const rise = Math.sin(((to.latitude - from.latitude) * radians) / 2) ** 2;
  const run = Math.sin(((to.longitude - from.longitude) * radians) / 2) ** 2;
  const chord = rise + Math.cos(from.latitude * radians) * Math.cos(to.latitude * radians) * run;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(chord)));
}

export class Directory {
  /* From the copy, whose shape sites/offline/kept_copy.py describes. */
  constructor({ desks, departments, version }) {
    this.desks = desks;
    this.version = version;
    this.communes = departments.flatMap((department) => this.communesOf(department));
  }

  communesOf({ code, name, names, postcodes, latitudes, longitudes, sizes }) {
    const codes = postcodes.split("|");
    return names.split("|").map((each, number) => ({
      name: each,
      territory: code || name,
      postcodes: codes[number].split(" "),
      latitude: latitudes[number] === null ? null : latitudes[number] / 1000,
      longitude: longitudes[number] === null ? null : longitudes[number] / 1000,
      size: Number(sizes[number]),
      folded: withoutArticle(fold(each)),
    }));
  }

  /* The communes whose name or postcode begins so: those of exactly this name first, then the largest. */
  find(typed) {
    const text = withoutArticle(fold(typed));
    const number = text.match(/^\d+$|\b\d{5}\b/)?.[0] ?? "";
    const name = text.replace(number, "").trim();
    if (number.length < 2 && name.length < 2) return [];
    const exact = (commune) => Number(commune.folded === name);
    return this.communes
      .filter(({ folded, territory, postcodes }) =>
        (!name || `${folded} ${territory.toLowerCase()}`.startsWith(name)) &&
        (!number || postcodes.some((code) => code.startsWith(number))))
      .sort((a, b) => exact(b) - exact(a) || b.size - a.size)
      .slice(0, MOST_PLACES);
  }

  nearest(point) {
    return this.desks
      .filter((desk) => desk.latitude !== null)
      .map((desk) => ({ ...desk, distance: kilometres(point, desk) }))
      .sort((a, b) => a.distance - b.distance || (a.slug < b.slug ? -1 : 1))
      .slice(0, MOST_DESKS);
  }

  /* Buses and teams that may come to a department. */
  passing(code) {
    return this.desks.filter((desk) => desk.serves.includes(code));
  }
}

class KeptCopy {
  constructor({ worker, copy, addresses }) {
    this.worker = worker;
    this.address = copy;
    this.addresses = [...addresses.split(" "), copy];
  }

  /* All or nothing: the former copy stays until the new one is here. */
  async keep() {
    const responses = await Promise.all(this.addresses.map((address) => fetch(address, { cache: "no-cache" })));
    if (responses.some((response) => !response.ok)) throw new Error("incomplete");
    await caches.delete(COPY);
    const copy = await caches.open(COPY);
    await Promise.all(responses.map((response, number) => copy.put(this.addresses[number], response)));
    await navigator.serviceWorker.register(this.worker);
    await navigator.serviceWorker.ready;
  }

  async erase() {
    await caches.delete(COPY);
    for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister();
  }

  /* The directory and the day it was copied on; null where there is none. */
  async read() {
    const response = await caches.match(this.address, { cacheName: COPY, ignoreVary: true });
    if (!response) return null;
    const day = new Date(response.headers.get("Date"));
    return { directory: new Directory(await response.json()), day };
  }
}

class Search {
  constructor(section) {
    this.section = section;
    this.form = section.querySelector("form");
    this.input = section.querySelector("input");
    this.status = section.querySelector("[role=status]");
    this.places = section.querySelector("[data-places]");
    this.answer = section.querySelector("[data-answer]");
    this.texts = section.dataset;
    this.input.addEventListener("input", () => this.propose());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const found = this.propose();
      if (found.length) this.show(found[0]);
    });
  }

  use(directory, day) {
    this.directory = directory;
    const line = this.section.querySelector("[data-day]");
    line.textContent = line.dataset.day.replace("{day}", day);
    this.section.hidden = false;
  }

  /* What the reader typed elsewhere: the answer at once, if it is clear. */
  proposeTyped(typed) {
    this.input.value = typed;
    const found = this.propose();
    const name = withoutArticle(fold(typed));
    const exact = found.filter(({ folded }) => folded === name);
    const clear = [exact, found].find(({ length }) => length === 1);
    if (clear) this.show(clear[0]);
  }

  propose() {
    const found = this.directory.find(this.input.value);
    this.answer.hidden = true;
    this.places.replaceChildren(...found.map((commune) => this.choice(commune)));
    const { foundNone, foundOne, foundMany } = this.texts;
    const typed = this.input.value.trim().length > 1;
    this.status.textContent = typed ? ([foundNone, foundOne][found.length] ?? foundMany.replace("{n}", found.length)) : "";
    return found;
  }

  choice(commune) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = `${commune.name} (${commune.territory})`;
    button.addEventListener("click", () => this.show(commune));
    const item = document.createElement("li");
    item.append(button);
    return item;
  }

  /* The desks near a commune, or near a point that has no name. */
  show(place) {
    this.places.replaceChildren();
    this.status.textContent = "";
    const title = this.answer.querySelector("h3");
    const label = place.name ? `${place.name} (${place.territory})` : this.texts.here;
    const known = place.latitude !== null;
    title.textContent = (known ? this.texts.title : this.texts.unknown).replace("{place}", label);
    this.fill("[data-desks]", known ? this.directory.nearest(place) : []);
    this.fill("[data-passing]", place.territory ? this.directory.passing(place.territory) : []);
    this.answer.hidden = false;
    title.focus();
  }

  fill(selector, desks) {
    const list = this.answer.querySelector(selector);
    list.replaceChildren(...desks.map((desk) => this.card(desk)));
    list.parentElement.hidden = desks.length === 0;
  }

  /* Each field of the template gets its value, within its phrase if it has one; without a value it goes. */
  card(desk) {
    const card = document.getElementById("desk").content.cloneNode(true);
    const values = {
      ...desk,
      phone: desk.phone.replaceAll(" ", "\u00a0"), // on one line
      where: desk.address || desk.area || desk.place,
      distance: this.distance(desk),
      today: this.today(desk),
      notices: this.notices(desk),
    };
    for (const element of card.querySelectorAll("[data-field]")) {
      const value = values[element.dataset.field];
      if (value) element.textContent = (element.dataset.phrase ?? "{value}").replace("{value}", value);
      else element.remove();
    }
    const phone = card.querySelector("a");
    if (phone) phone.href = desk.phone_uri;
    this.addWeek(card.querySelector("details"), desk.hours);
    return card;
  }

  distance({ distance, is_exact: exact, place }) {
    if (distance === undefined) return "";
    if (!exact) return this.texts.inexact.replace("{place}", place);
    if (distance < 0.95) return this.texts.far.replace("{distance}", `${Math.max(1, Math.round(distance * 10)) * 100}\u00a0m`);
    const digits = distance < 99.95 ? 1 : 0;
    const format = new Intl.NumberFormat(document.documentElement.lang, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    return this.texts.far.replace("{distance}", `${format.format(distance)}\u00a0km`);
  }

  /* A copy may outlive what it says of some days. */
  notices({ notices = [] }) {
    return notices.filter(({ ends }) => new Date(ends) > new Date()).map(({ text }) => text).join(" ");
  }

  /* A weekday, not “today”: these hours have the date of the list that they come from. */
  today({ hours }) {
    const number = (new Date().getDay() + 6) % 7;
    return hours.length ? `${this.texts.days.split(" ")[number]}\u00a0: ${hours[number]}` : "";
  }

  addWeek(details, hours) {
    if (!hours.length) return details.remove();
    const days = this.texts.days.split(" ");
    for (const [number, each] of hours.entries()) {
      const item = document.createElement("li");
      item.textContent = `${days[number]}\u00a0: ${each}`;
      details.querySelector("ul").append(item);
    }
  }
}

class KeepingPage {
  constructor(section) {
    this.section = section;
    this.texts = section.dataset;
    this.status = section.querySelector("[role=status]");
    this.copy = new KeptCopy(section.dataset);
    this.search = new Search(document.querySelector("[data-search]"));
    this.buttons = Object.fromEntries(
      [...section.querySelectorAll("button")].map((button) => [button.dataset.action, button]),
    );
    this.buttons.keep.addEventListener("click", () => this.keep());
    this.buttons.update.addEventListener("click", () => this.keep());
    this.buttons.erase.addEventListener("click", () => this.erase());
  }

  async start() {
    const away = location.pathname !== this.texts.page; // the service worker answers for another page
    document.querySelector("[data-away]").hidden = !away;
    await this.report();
    if (this.search.directory) this.searchAsAddressSays();
  }

  searchAsAddressSays() {
    const asked = new URLSearchParams(location.search);
    const [latitude, longitude] = [asked.get("lat"), asked.get("lon")].map(parseFloat);
    if (!Number.isNaN(latitude + longitude)) return this.search.show({ latitude, longitude });
    this.search.proposeTyped(asked.get("lieu") ?? "");
  }

  async keep() {
    this.say(this.texts.waiting);
    for (const button of Object.values(this.buttons)) button.disabled = true;
    let failed = "";
    try {
      await this.copy.keep();
    } catch {
      failed = this.texts.failed;
    }
    for (const button of Object.values(this.buttons)) button.disabled = false;
    await this.report(failed);
    (this.buttons.keep.hidden ? this.buttons.erase : this.buttons.keep).focus(); // the button pressed may be gone
  }

  async erase() {
    await this.copy.erase();
    this.search.section.hidden = true;
    await this.report(this.texts.erased);
    this.buttons.keep.focus();
  }

  /* What is kept, and what can be done with it. */
  async report(first = "") {
    const kept = await this.copy.read();
    const older = kept && navigator.onLine && kept.directory.version !== this.texts.version;
    const day = kept && new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long" }).format(kept.day);
    const sentences = [first];
    if (kept) sentences.push(this.texts.kept.replace("{day}", day), older ? this.texts.older : "");
    else if (!first) sentences.push(this.texts.none);
    this.say(sentences.filter(Boolean).join(" "));
    this.buttons.keep.hidden = Boolean(kept);
    this.buttons.erase.hidden = !kept;
    this.buttons.update.hidden = !older;
    document.querySelector("[data-before]").hidden = Boolean(kept);
    if (kept) this.search.use(kept.directory, day);
  }

  say(text) {
    this.status.textContent = text;
  }
}

/* Chromium offers it; elsewhere the page says how. */
addEventListener("beforeinstallprompt", (event) => {
  const button = document.querySelector("[data-install]");
  event.preventDefault();
  button.hidden = false;
  button.addEventListener("click", () => event.prompt(), { once: true });
});

const section = document.querySelector("[data-keeping]");
if ("serviceWorker" in navigator && "caches" in window) new KeepingPage(section).start();
else section.querySelector("[role=status]").textContent = section.dataset.unable;
