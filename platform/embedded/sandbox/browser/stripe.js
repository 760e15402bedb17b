// Stands in for Stripe.js: the same names, answers and events, as far as docs.stripe.com/js describes what Forecourt
// may use. Card data are typed into a frame of the sandbox's origin and never reach the page. No inline styles or
// scripts: sizes and colours are set through the CSSOM, which a strict Content-Security-Policy allows.
(() => {
  "use strict";

  const origin = new URL(document.currentScript.src).origin;
  const TITLES = {
    en: { fields: "Secure payment input frame", authenticate: "Authentication" },
    de: { fields: "Sicherer Eingaberahmen für Zahlungen", authenticate: "Authentifizierung" },
  };
  const GERMAN = {
    authentication_required: "Ihre Karte wurde abgelehnt. Diese Zahlung muss bestätigt werden.",
    card_declined: "Ihre Karte wurde abgelehnt.",
    expired_card: "Ihre Karte ist abgelaufen.",
    incorrect_cvc: "Der Sicherheitscode Ihrer Karte ist falsch.",
    incorrect_number: "Ihre Kartennummer ist falsch.",
    insufficient_funds: "Ihre Karte ist nicht ausreichend gedeckt.",
    invalid_expiry_month: "Das Ablaufdatum Ihrer Karte ist ungültig.",
    invalid_expiry_year: "Das Ablaufdatum Ihrer Karte ist ungültig.",
    payment_intent_authentication_failure:
      "Ihre Zahlungsmethode konnte nicht bestätigt werden. Bitte wählen Sie eine andere und versuchen Sie es erneut.",
    processing_error: "Bei der Zahlung ist ein Fehler aufgetreten. Bitte versuchen Sie es gleich noch einmal.",
    setup_intent_authentication_failure:
      "Ihre Zahlungsmethode konnte nicht bestätigt werden. Bitte wählen Sie eine andere und versuchen Sie es erneut.",
  };
  const KINDS = {
    payment: { path: "payment_intents", error: "last_payment_error", name: "payment_intent", result: "paymentIntent" },
    setup: { path: "setup_intents", error: "last_setup_error", name: "setup_intent", result: "setupIntent" },
  };
  let frames = 0;

  const language = (locale) => {
    const wanted = !locale || locale === "auto" ? navigator.language : locale;
    return wanted.toLowerCase().startsWith("de") ? "de" : "en";
  };

  const encode = (value, name, into) => {
    if (value === undefined || value === null) return into;
    if (typeof value === "object") {
      for (const [key, each] of Object.entries(value)) encode(each, name ? `${name}[${key}]` : key, into);
    } else {
      into.append(name, value);
    }
    return into;
  };

  // ---- The API, as a browser may call it ---------------------------------------------------------------------------

  class Api {
    constructor(key, options) {
      this.key = key;
      this.account = options.stripeAccount;
      this.language = language(options.locale);
    }

    async ask(method, path, params) {
      const form = encode({ ...params, key: this.key, _stripe_account: this.account }, "", new URLSearchParams());
      const url = `${origin}/v1/${path}`;
      try {
        const answer =
          method === "GET"
            ? await fetch(`${url}?${form}`, { credentials: "omit" })
            : await fetch(url, { method, body: form, credentials: "omit" });
        const told = await answer.json();
        return told.error ? { error: this.worded(told.error) } : { object: told };
      } catch {
        return { error: { type: "api_connection_error", message: "We are experiencing issues connecting to Stripe." } };
      }
    }

    worded(error) {
      const text = this.language === "de" && (GERMAN[error.decline_code] || GERMAN[error.code]);
      return text ? { ...error, message: text } : error;
    }
  }

  // ---- Elements ----------------------------------------------------------------------------------------------------

  class Element {
    constructor(type, group, options) {
      this.type = type;
      this.group = group;
      this.options = options || {};
      this.listeners = new Map();
      this.answers = new Map();
      this.asked = 0;
      this.frame = null;
      this.port = null;
    }

    mount(where) {
      const place = typeof where === "string" ? document.querySelector(where) : where;
      if (!place) throw new Error(`The selector you specified (${where}) applies to no DOM elements that are currently on the page.`);
      this.unmount();
      if (this.type === "expressCheckout") {
        setTimeout(() => this.tell("ready", { availablePaymentMethods: undefined }));
        return this;
      }
      const frame = document.createElement("iframe");
      frames += 1;
      frame.name = `__privateStripeFrame${frames}`;
      frame.title = TITLES[this.group.language].fields;
      frame.src = `${origin}/elements/fields.html`;
      frame.allow = "payment *";
      const style = { border: "0", width: "100%", height: "0", display: "block", colorScheme: this.group.scheme };
      Object.assign(frame.style, style);
      const opened = new Promise((resolve) => {
        frame.addEventListener("load", () => resolve(this.connect(frame)), { once: true });
      });
      this.opened = opened;
      place.replaceChildren(frame);
      this.frame = frame;
      return this;
    }

    async connect(frame) {
      const channel = new MessageChannel();
      this.port = channel.port1;
      this.port.onmessage = (message) => this.hear(message.data);
      frame.contentWindow.postMessage({ hello: true, ...(await this.group.setting(this)) }, origin, [channel.port2]);
    }

    hear(told) {
      if (told.height !== undefined) {
        this.frame.style.height = `${told.height}px`;
      } else if (told.answer !== undefined) {
        this.answers.get(told.answer)(told.result);
        this.answers.delete(told.answer);
      } else {
        this.tell(told.event, told.details);
      }
    }

    async ask(order) {
      if (!this.opened) throw new Error(`${this.type} Element is not mounted.`);
      await this.opened;
      this.asked += 1;
      const number = this.asked;
      const answered = new Promise((resolve) => this.answers.set(number, resolve));
      this.port.postMessage({ ...order, number });
      return answered;
    }

    tell(name, details) {
      for (const each of [...(this.listeners.get(name) || [])]) each({ elementType: this.type, ...details });
    }

    on(name, listener) {
      if (!this.listeners.has(name)) this.listeners.set(name, new Set());
      this.listeners.get(name).add(listener);
      return this;
    }

    once(name, listener) {
      const first = (event) => {
        this.off(name, first);
        listener(event);
      };
      return this.on(name, first);
    }

    off(name, listener) {
      if (listener) this.listeners.get(name)?.delete(listener);
      else this.listeners.delete(name);
      return this;
    }

    focus() {
      this.ask({ do: "focus" });
    }

    blur() {
      this.ask({ do: "blur" });
    }

    clear() {
      this.ask({ do: "clear" });
    }

    update(options) {
      Object.assign(this.options, options);
    }

    dress(appearance, scheme) {
      if (!this.frame) return;
      this.frame.style.colorScheme = scheme;
      this.ask({ do: "dress", appearance, scheme });
    }

    unmount() {
      this.frame?.remove();
      this.frame = this.port = this.opened = null;
    }

    destroy() {
      this.unmount();
      this.group.elements.delete(this.type);
    }
  }

  class Elements {
    constructor(api, options) {
      this.api = api;
      this.options = options;
      this.language = options.locale ? language(options.locale) : api.language;
      this.elements = new Map();
    }

    get scheme() {
      return this.options.appearance?.theme === "night" ? "dark" : "light";
    }

    create(type, options) {
      if (!["payment", "card", "expressCheckout"].includes(type)) throw new Error(`The sandbox has no ${type} Element.`);
      if (this.elements.has(type)) throw new Error(`Can only create one Element of type ${type} through an Elements object.`);
      const made = new Element(type, this, options);
      this.elements.set(type, made);
      return made;
    }

    getElement(type) {
      return this.elements.get(type) || null;
    }

    async setting(element) {
      const secret = this.options.clientSecret;
      let methods = element.type === "card" ? ["card"] : this.options.paymentMethodTypes || ["card"];
      if (element.type === "payment" && secret) {
        const found = await retrieve(this.api, secret.startsWith("seti_") ? KINDS.setup : KINDS.payment, secret);
        if (found.error) element.tell("loaderror", { error: found.error });
        else methods = found.object.payment_method_types;
      }
      return {
        appearance: this.options.appearance || {},
        key: this.api.key,
        account: this.api.account,
        language: this.language,
        methods,
        scheme: this.scheme,
        type: element.type,
      };
    }

    update(options) {
      Object.assign(this.options, options);
      for (const element of this.elements.values()) element.dress(this.options.appearance || {}, this.scheme);
    }

    async fetchUpdates() {
      return {};
    }

    async submit() {
      const element = this.getElement("payment");
      return element ? element.ask({ do: "check" }) : {};
    }
  }

  // ---- Intents -----------------------------------------------------------------------------------------------------

  const retrieve = (api, kind, secret) =>
    api.ask("GET", `${kind.path}/${secret.split("_secret_")[0]}`, { client_secret: secret });

  const confirm = async (api, kind, secret, params) => {
    const identity = secret.split("_secret_")[0];
    const answer = await api.ask("POST", `${kind.path}/${identity}/confirm`, { ...params, client_secret: secret });
    return answer.error ? answer : act(api, kind, secret, answer.object);
  };

  const act = async (api, kind, secret, intent) => {
    const action = intent.status === "requires_action" && intent.next_action;
    if (!action) return { object: intent };
    if (action.type === "redirect_to_url") {
      window.location.assign(action.redirect_to_url.url);
      return new Promise(() => {});
    }
    await authenticate(api, kind, secret, action.use_stripe_sdk.stripe_js);
    const found = await retrieve(api, kind, secret);
    const error = found.object?.[kind.error];
    if (found.object?.status !== "requires_payment_method" || !error) return found;
    return { error: { ...api.worded(error), [kind.name]: found.object } };
  };

  // The bank's page in a dialog of its own. Each time it has loaded, the intent says whether it is over.
  const authenticate = (api, kind, secret, url) =>
    new Promise((resolve) => {
      const dialog = document.createElement("dialog");
      const frame = document.createElement("iframe");
      frame.title = TITLES[api.language].authenticate;
      frame.src = url;
      dialog.setAttribute("aria-label", frame.title);
      Object.assign(dialog.style, { border: "0", borderRadius: "12px", margin: "auto", padding: "0", width: "min(30rem, 94vw)" });
      Object.assign(frame.style, { border: "0", colorScheme: "light", display: "block", height: "26rem", width: "100%" });
      dialog.addEventListener("cancel", (event) => event.preventDefault());
      frame.addEventListener("load", async () => {
        const found = await retrieve(api, kind, secret);
        if (found.object?.status === "requires_action") return;
        dialog.close();
        setTimeout(() => dialog.remove(), 2000); // whoever drives the browser may still look at the frame
        resolve();
      });
      dialog.append(frame);
      document.body.append(dialog);
      dialog.showModal();
    });

  const finished = (kind, answer, params, redirect) => {
    if (answer.error) return { error: answer.error };
    const intent = answer.object;
    if (redirect === "if_required") return { [kind.result]: intent };
    const url = new URL(params.return_url);
    url.searchParams.set(kind.name, intent.id);
    url.searchParams.set(`${kind.name}_client_secret`, intent.client_secret);
    url.searchParams.set("redirect_status", intent.status === "processing" ? "pending" : intent.status);
    window.location.assign(url);
    return new Promise(() => {});
  };

  // What the page passes as `confirmParams`, in the API's words. Cards go without a return URL, for they need no redirect.
  const confirmed = async (api, kind, order) => {
    const { elements, clientSecret, confirmParams = {}, redirect = "always" } = order;
    const secret = clientSecret || elements?.options.clientSecret;
    if (!secret) throw new Error("clientSecret is missing.");
    if (redirect !== "if_required" && !confirmParams.return_url) throw new Error("confirmParams.return_url is required.");
    const { payment_method_data: data = {}, return_url: back, ...rest } = confirmParams;
    let method = rest.payment_method;
    let needsRedirect = false;
    if (!method) {
      const made = await elements.getElement("payment").ask({ do: "method", billing: data.billing_details });
      if (made.error) return { error: api.worded(made.error) };
      method = made.paymentMethod.id;
      needsRedirect = !["card", "sepa_debit"].includes(made.paymentMethod.type);
    }
    const params = { ...rest, payment_method: method, return_url: needsRedirect ? back : undefined };
    return finished(kind, await confirm(api, kind, secret, params), { return_url: back }, redirect);
  };

  const confirmedCard = async (api, kind, secret, data = {}, options = {}) => {
    let method = data.payment_method;
    if (method && typeof method === "object") {
      const made = await method.card.ask({ do: "method", billing: method.billing_details });
      if (made.error) return { error: api.worded(made.error) };
      method = made.paymentMethod.id;
    }
    const params = { payment_method: method, setup_future_usage: data.setup_future_usage, return_url: data.return_url };
    if (options.handleActions !== false) return finished(kind, await confirm(api, kind, secret, params), {}, "if_required");
    const identity = secret.split("_secret_")[0];
    const answer = await api.ask("POST", `${kind.path}/${identity}/confirm`, { ...params, client_secret: secret });
    return finished(kind, answer, {}, "if_required");
  };

  const looked = async (api, kind, secret) => {
    const found = await retrieve(api, kind, secret);
    return found.error ? found : { [kind.result]: found.object };
  };

  const nextAction = async (api, secret) => {
    const kind = secret.startsWith("seti_") ? KINDS.setup : KINDS.payment;
    const found = await retrieve(api, kind, secret);
    if (found.error) return found;
    return finished(kind, await act(api, kind, secret, found.object), {}, "if_required");
  };

  const created = async (order) => {
    const element = order.elements ? order.elements.getElement("payment") : order.card;
    const made = await element.ask({ do: "method", billing: order.params?.billing_details || order.billing_details });
    return made.error ? { error: made.error } : { paymentMethod: made.paymentMethod };
  };

  window.Stripe = (key, options = {}) => {
    if (!/^pk_/.test(key || "")) throw new Error("Please call Stripe() with your publishable key. You used an empty string or a secret key.");
    const api = new Api(key, options);
    return {
      confirmCardPayment: (secret, data, more) => confirmedCard(api, KINDS.payment, secret, data, more),
      confirmCardSetup: (secret, data, more) => confirmedCard(api, KINDS.setup, secret, data, more),
      confirmPayment: (order) => confirmed(api, KINDS.payment, order),
      confirmSetup: (order) => confirmed(api, KINDS.setup, order),
      createPaymentMethod: (order) => created(order),
      elements: (given = {}) => new Elements(api, given),
      handleNextAction: ({ clientSecret }) => nextAction(api, clientSecret),
      retrievePaymentIntent: (secret) => looked(api, KINDS.payment, secret),
      retrieveSetupIntent: (secret) => looked(api, KINDS.setup, secret),
    };
  };
  window.Stripe.version = "dahlia";
})();
