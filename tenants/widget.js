// <forecourt-booking>: this venue's booking pages inside yours. Needs of your Content-Security-Policy: script-src and
// frame-src with this file's origin. It sets no cookie and reads nothing of your page.
(() => {
  const HOME = "__HOME__", TAG = "forecourt-booking", LANGUAGES = ["en", "de"], PATIENCE = 8000, GRACE = 1000;
  const WORDS = { en: ["Booking", "Book a time"], de: ["Buchung", "Termin buchen"] };
  if (customElements.get(TAG)) return;

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(
    ":host{display:block}:host([hidden]),[hidden]{display:none}iframe{display:block;width:100%;border:0}" +
      ":host([theme=light]) iframe{color-scheme:light}:host([theme=dark]) iframe{color-scheme:dark}",
  );

  // Who this is to the venue: random, of this tab alone, so that a page that is loaded again finds its own slot. It is
  // kept once somebody goes on inside: who only sees the first page leaves nothing in the browser.
  const known = {};
  const key = (home) => `forecourt ${home}`;
  const visitor = (home) => {
    const fresh = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0"));
    try {
      known[home] ??= sessionStorage.getItem(key(home));
    } catch {}
    if (!/^[0-9a-f]{32}$/.test(known[home])) known[home] = fresh.join("");
    return known[home];
  };
  const keep = (home) => {
    try {
      if (known[home]) sessionStorage.setItem(key(home), known[home]);
    } catch {}
  };

  customElements.define(
    TAG,
    class extends HTMLElement {
      static observedAttributes = ["site", "venue", "resource", "lang", "theme"];
      #frame;
      #near;
      #timers = [];
      #pages = 0;
      #codes = new Set();
      #hear = (event) => this.#heard(event);
      // Whoever presses something inside takes the focus there: before the page that comes, which may be long in coming.
      #leave = () => document.activeElement === this && keep(this.#home);

      connectedCallback() {
        const root = this.shadowRoot || this.attachShadow({ mode: "open" });
        root.adoptedStyleSheets = [sheet];
        const frame = (this.#frame = document.createElement("iframe"));
        frame.allow = "payment";
        frame.referrerPolicy = "no-referrer";
        frame.height = this.getAttribute("height") || "480";
        frame.title = WORDS[this.#language()]?.[0] || WORDS.en[0];
        frame.setAttribute("aria-busy", "true");
        frame.addEventListener("load", () => this.#wait(GRACE));
        root.replaceChildren(frame);
        this.#pages = 0;
        addEventListener("message", this.#hear);
        addEventListener("blur", this.#leave);
        this.#near = new IntersectionObserver((seen) => seen.some((each) => each.isIntersecting) && this.#open(), {
          rootMargin: "800px",
        });
        this.#near.observe(this);
      }

      disconnectedCallback() {
        removeEventListener("message", this.#hear);
        removeEventListener("blur", this.#leave);
        this.#near?.disconnect();
        this.#timers.forEach(clearTimeout);
        this.#frame?.remove();
        this.#frame = undefined;
      }

      attributeChangedCallback(_name, before, after) {
        if (!this.#frame || before === after) return;
        this.disconnectedCallback();
        this.connectedCallback();
      }

      get #home() {
        return new URL(this.getAttribute("site") || HOME).origin;
      }

      get #page() {
        const [venue, resource] = ["venue", "resource"].map((name) => this.getAttribute(name));
        const steps = venue ? ["venues", venue, ...(resource ? [resource] : [])] : [];
        return steps.map((step) => `${encodeURIComponent(step)}/`).join("");
      }

      #language() {
        const wanted = (this.closest("[lang]")?.getAttribute("lang") || "").slice(0, 2).toLowerCase();
        return LANGUAGES.includes(wanted) ? wanted : "auto";
      }

      #open() {
        this.#near.disconnect();
        const theme = { light: "-light", dark: "-dark" }[this.getAttribute("theme")] || "";
        this.#frame.src = `${this.#home}/embed/${visitor(this.#home)}/${this.#language()}${theme}/${this.#page}`;
        this.#wait(PATIENCE);
      }

      // A frame that stays silent was refused, or nobody is there: the link that was written for this case.
      #wait(time) {
        if (!this.#frame?.src || this.#pages) return;
        this.#timers.push(setTimeout(() => this.#pages || this.#giveUp(), time));
      }

      #giveUp() {
        this.disconnectedCallback();
        const slot = document.createElement("slot");
        const link = document.createElement("a");
        link.href = `${this.#home}/${this.#page}`;
        link.textContent = (WORDS[this.#language()] || WORDS.en)[1];
        slot.append(link);
        this.shadowRoot.replaceChildren(slot);
        this.#say("unavailable");
      }

      #heard({ source, origin, data }) {
        if (!this.#frame || source !== this.#frame.contentWindow || origin !== this.#home) return;
        if (data?.forecourt === "here") this.#turned(source, origin);
        else if (data?.forecourt === "height" && !this.hasAttribute("height")) this.#grow(Number(data.height));
        else if (data?.forecourt === "booked") this.#booked(String(data.code));
      }

      #turned(source, origin) {
        source.postMessage({ forecourt: "hello" }, origin);
        this.#frame.removeAttribute("aria-busy");
        if (this.#pages++) {
          keep(this.#home);
          if (this.getBoundingClientRect().top < 0) this.scrollIntoView();
        } else this.#say("ready");
      }

      #grow(height) {
        if (!(height >= 0)) return;
        this.#frame.height = String(Math.min(Math.ceil(height), 30000));
        this.#say("height", { height });
      }

      #booked(code) {
        if (this.#codes.has(code)) return;
        this.#codes.add(code);
        this.#say("booked", { code });
      }

      #say(name, detail = {}) {
        this.dispatchEvent(new CustomEvent(`forecourt:${name}`, { bubbles: true, detail }));
      }
    },
  );
})();
