// Five journeys in Firefox, each on a phone's and on a desk's screen: … ORIGIN FIREFOX USERNAME PASSWORD PICTURES. What
// each saw at its end, how long it took and what went wrong is printed as JSON.
import puppeteer from "puppeteer-core";

const [origin, executablePath, username, password, pictures] = process.argv.slice(2);
const WIDTHS = { 360: 740, 1280: 900 };

const saw = (is, what) => {
  if (!is) throw new Error(`not seen: ${what}`);
};

class Visitor {
  constructor(page, width) {
    this.page = page;
    this.narrow = width < 600;
    this.errors = [];
    this.wide = [];
    page.on("console", (message) => ["error", "warn"].includes(message.type()) && this.errors.push(message.text()));
    page.on("pageerror", (error) => this.errors.push(error.message));
    page.on("requestfailed", (request) => {
      const reason = request.failure()?.errorText;
      if (reason !== "NS_BINDING_ABORTED") this.errors.push(`${request.url()} ${reason}`); // a page that was left
    });
    page.on("response", (answer) => answer.status() >= 400 && this.errors.push(`${answer.url()} ${answer.status()}`));
  }

  async open(path) {
    await this.page.goto(origin + path);
    await this.looksRight();
  }

  /* Does what leads to another page, and waits for it. */
  async goes(act) {
    await Promise.all([this.page.waitForNavigation(), act()]);
    await this.looksRight();
  }

  async looksRight() {
    const [page, window] = await this.page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return [scrollWidth, clientWidth];
    });
    if (page > window) this.wide.push(`${this.page.url()} is ${page} px wide, the window ${window} px`);
  }

  /* To a page that Firefox has kept whole: it navigates no more. */
  async back(address) {
    await this.page.evaluate(() => history.back());
    await this.page.waitForFunction((address) => location.href === address, {}, address);
    await this.looksRight();
  }

  click(selector) {
    return this.page.locator(selector).click();
  }

  async text(selector) {
    const element = await this.page.waitForSelector(selector, { visible: true });
    return (await element.evaluate((found) => found.innerText)).replace(/\s+/g, " ").trim();
  }

  attribute(selector, name) {
    return this.page.$eval(selector, (found, name) => found.getAttribute(name), name);
  }
}

const FIELD = "main input[name=lieu]";

const JOURNEYS = {
  "a misspelt commune": async (visitor) => {
    await visitor.open("/");
    await visitor.page.focus(FIELD);
    await visitor.page.keyboard.type("grenobel");
    await visitor.text("main .suggestions [role=option]");
    await visitor.goes(() => visitor.page.keyboard.press("Enter"));
    saw((await visitor.text(".notice")).includes("Voici Grenoble"), "the commune that was meant");
    const distance = await visitor.text(".card-distance");
    await visitor.goes(() => visitor.click(".card-title a"));
    const phone = await visitor.attribute(".main-actions a[href^='tel:']", "href");
    return `${await visitor.text("h1")}, ${distance}, ${phone}`;
  },
  "a whole postal address, with the keyboard": async (visitor) => {
    await visitor.open("/");
    await visitor.page.focus(FIELD);
    await visitor.page.keyboard.type("10 rue Thiers, 38100 Grenoble");
    await visitor.page.waitForFunction(
      () => document.querySelector("main .suggestions [role=option]")?.textContent === "Grenoble (38)",
    );
    await visitor.looksRight();
    await visitor.page.keyboard.press("ArrowDown");
    saw(await visitor.attribute(FIELD, "aria-activedescendant"), "the suggestion under the keyboard");
    await visitor.goes(() => visitor.page.keyboard.press("Enter"));
    saw(visitor.page.url().endsWith("?commune=38185"), "the address of the commune");
    return `${await visitor.text("h1")}, ${await visitor.text(".card-distance")}`;
  },
  "filters of the list, and back": async (visitor) => {
    await visitor.open("/pimms/");
    const all = await visitor.text(".count");
    if (visitor.narrow) await visitor.click(".filters .more summary");
    await visitor.page.select("#id_departement", "69");
    await visitor.page.select("#id_jour", "mardi");
    await visitor.goes(() => visitor.click(".filters .more button[type=submit]"));
    const some = await visitor.text(".count");
    saw((await visitor.attribute("#id_departement option[selected]", "value")) === "69", "the filter that was chosen");
    const filtered = visitor.page.url();
    await visitor.goes(() => visitor.click(".chip-clear"));
    saw((await visitor.text(".count")) === all, "all, once the filters are taken away");
    await visitor.back(filtered);
    saw((await visitor.text(".count")) === some, "the filtered list after going back");
    saw((await visitor.page.$eval("#id_departement", ({ value }) => value)) === "69", "its filter after going back");
    return `${some}, of ${all}`;
  },
  "a desk in Arabic": async (visitor) => {
    await visitor.open("/pimms/pimms-evry/");
    await visitor.click(".languages summary");
    await visitor.page.waitForSelector(".languages a[lang=ar]", { visible: true });
    await visitor.looksRight();
    await visitor.goes(() => visitor.click(".languages a[lang=ar]"));
    const [language, direction] = await visitor.page.$eval("html", ({ lang, dir }) => [lang, dir]);
    saw(language === "ar" && direction === "rtl", "a page from right to left");
    const phone = await visitor.attribute(".main-actions a[href^='tel:']", "href");
    const way = await visitor.attribute(".main-actions a[rel=external]", "href");
    saw(/^https:\/\/www\.openstreetmap\.org\/directions/.test(way), "the way to the desk");
    return `${language}, ${direction}, ${await visitor.text("h1")}, ${phone}, ${new URL(way).host}`;
  },
  "an editor changes a telephone": async (visitor) => {
    const telephone = visitor.narrow ? "01 99 00 00 01" : "01 99 00 00 02";
    await visitor.open("/admin/");
    await visitor.page.type("#id_username", username);
    await visitor.page.type("#id_password", password);
    await visitor.goes(() => visitor.page.keyboard.press("Enter"));
    await visitor.open("/admin/directory/site/?q=pimms+evry");
    await visitor.goes(() => visitor.click("#result_list tbody th a"));
    await visitor.page.locator("#id_phone").fill(telephone);
    await visitor.page.locator("#id_reason").fill("Appel");
    await visitor.goes(() => visitor.click("[name=_save]"));
    saw((await visitor.text(".messagelist")).includes("modifié avec succès"), "that it is saved");
    for (let tries = 0; tries < 20; tries += 1) {
      await visitor.open("/pimms/pimms-evry/");
      if ((await visitor.text(".main-actions .phone")) === telephone) return `${await visitor.text("h1")}, ${telephone}`;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error("the public page keeps the old telephone for more than two seconds");
  },
};

const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath,
  extraPrefsFirefox: { "intl.accept_languages": "fr-FR, fr" },
});
for (const [name, journey] of Object.entries(JOURNEYS)) {
  for (const [width, height] of Object.entries(WIDTHS)) {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    await page.setViewport({ width: Number(width), height });
    const visitor = new Visitor(page, Number(width));
    const began = performance.now();
    let end = "";
    try {
      end = await journey(visitor);
    } catch (error) {
      visitor.errors.push(`${page.url()}: ${error.message}`);
    }
    const seconds = (performance.now() - began) / 1000;
    const file = `${pictures}/${Object.keys(JOURNEYS).indexOf(name) + 1}-${width}.png`;
    await page.screenshot({ path: file });
    console.log(JSON.stringify({ name, width, seconds, end, errors: visitor.errors, wide: visitor.wide }));
    await context.close();
  }
}
await browser.close();
