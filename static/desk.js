/* On the page of a desk: shares it, reads it aloud, opens the map of an Android telephone, each where the device can.
   Without it, links send the page by SMS or WhatsApp, and nothing is missing. */

const share = document.querySelector("[data-share]");
if (share && "share" in navigator) {
  const button = share.querySelector("button");
  const { title, text, address } = button.dataset;
  button.addEventListener("click", () => navigator.share({ title, text, url: address }).catch(() => {})); // closed again
  share.hidden = false;
  for (const link of document.querySelectorAll("[data-share-else]")) link.hidden = true;
}

/* geo: opens a map on Android alone; elsewhere nothing answers. */
if (/Android/.test(navigator.userAgent)) {
  for (const link of document.querySelectorAll("[data-android]")) link.hidden = false;
}

class Reader {
  constructor(place) {
    this.place = place;
    this.button = place.querySelector("button");
    this.label = this.button.textContent;
    this.language = document.documentElement.lang;
    this.button.addEventListener("click", () => (this.reading ? this.stop() : this.read()));
    speechSynthesis.addEventListener?.("voiceschanged", () => this.find()); // browsers name their voices late
    addEventListener("pagehide", () => this.stop());
    this.find();
  }

  /* A voice of the device itself: others send what they read to a server. */
  find() {
    const wanted = this.language.split("-")[0].toLowerCase();
    this.voice = speechSynthesis.getVoices().find(
      (voice) => voice.localService && voice.lang.toLowerCase().split(/[-_]/)[0] === wanted,
    );
    this.place.hidden = !this.voice;
  }

  read() {
    this.say(true);
    const texts = [...document.querySelectorAll("[data-speak]")].map((part) => part.innerText.trim()).filter(Boolean);
    for (const [number, text] of texts.entries()) {
      const part = new SpeechSynthesisUtterance(text);
      part.voice = this.voice;
      part.lang = this.voice.lang;
      if (number === texts.length - 1) part.addEventListener("end", () => this.say(false));
      part.addEventListener("error", () => this.say(false));
      speechSynthesis.speak(part);
    }
  }

  stop() {
    if (this.reading) speechSynthesis.cancel();
    this.say(false);
  }

  say(reading) {
    this.reading = reading;
    this.button.textContent = reading ? this.button.dataset.stop : this.label;
  }
}

const listen = document.querySelector("[data-listen]");
if (listen && "speechSynthesis" in window) new Reader(listen);
