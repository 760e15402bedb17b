// The fields in the frame of stripe.js: typed here, checked here, sent from here to the sandbox's API.
"use strict";

const TEXTS = {
  en: {
    methods: "Payment method",
    number: "Card number",
    expiry: "Expiration date",
    expiryShown: "MM / YY",
    cvc: "Security code",
    iban: "IBAN",
    name: "Full name",
    email: "Email",
    redirect: "After submission, you will be redirected to complete the next steps.",
    card: "Card",
    sepa_debit: "SEPA Direct Debit",
    incomplete_number: "Your card number is incomplete.",
    invalid_number: "Your card number is invalid.",
    incomplete_expiry: "Your card’s expiration date is incomplete.",
    invalid_expiry: "Your card’s expiration date is in the past.",
    incomplete_cvc: "Your card’s security code is incomplete.",
    incomplete_iban: "Your IBAN is incomplete.",
    incomplete_name: "Please provide your full name.",
    incomplete_email: "Please provide your email address.",
  },
  de: {
    methods: "Zahlungsart",
    number: "Kartennummer",
    expiry: "Ablaufdatum",
    expiryShown: "MM / JJ",
    cvc: "Sicherheitscode",
    iban: "IBAN",
    name: "Vollständiger Name",
    email: "E-Mail",
    redirect: "Nach der Übermittlung werden Sie weitergeleitet, um die Zahlung abzuschließen.",
    card: "Karte",
    sepa_debit: "SEPA-Lastschrift",
    incomplete_number: "Die Kartennummer ist unvollständig.",
    invalid_number: "Die Kartennummer ist ungültig.",
    incomplete_expiry: "Das Ablaufdatum ist unvollständig.",
    invalid_expiry: "Das Ablaufdatum liegt in der Vergangenheit.",
    incomplete_cvc: "Der Sicherheitscode ist unvollständig.",
    incomplete_iban: "Die IBAN ist unvollständig.",
    incomplete_name: "Bitte geben Sie Ihren vollständigen Namen an.",
    incomplete_email: "Bitte geben Sie Ihre E-Mail-Adresse an.",
  },
};
const NAMES = { bancontact: "Bancontact", eps: "EPS", ideal: "iDEAL", klarna: "Klarna", paypal: "PayPal", twint: "TWINT" };
const FIELDS = { card: ["number", "expiry", "cvc"], sepa_debit: ["iban", "name", "email"] };
const COLOURS = {
  borderRadius: "--radius",
  colorBackground: "--background",
  colorDanger: "--danger",
  colorPrimary: "--primary",
  colorText: "--text",
  fontFamily: "--font",
  fontSizeBase: "--size",
};

let port;
let setting;
let texts;
let method = "card";

const field = (name) => document.getElementById(name);
const digits = (text) => text.replace(/\D/g, "");
const fields = () => FIELDS[method] || [];

window.addEventListener("message", (message) => {
  if (!message.data.hello || port) return;
  [port] = message.ports;
  setting = message.data;
  texts = TEXTS[setting.language];
  port.onmessage = ({ data }) => answer(data);
  dress();
  offer();
  new ResizeObserver(measure).observe(document.body);
  measure();
  tell("ready");
});

const tell = (event, details = {}) => port.postMessage({ event, details });
const measure = () => port.postMessage({ height: Math.ceil(document.documentElement.getBoundingClientRect().height) });

function dress() {
  const root = document.documentElement;
  root.lang = setting.language;
  root.dataset.type = setting.type;
  root.dataset.theme = setting.appearance.theme || "stripe";
  root.style.colorScheme = setting.scheme;
  for (const [name, value] of Object.entries(setting.appearance.variables || {})) {
    if (COLOURS[name]) root.style.setProperty(COLOURS[name], value);
  }
  for (const label of document.querySelectorAll(".field label")) label.textContent = texts[label.htmlFor];
  field("expiry").placeholder = texts.expiryShown;
  field("part-redirect").textContent = texts.redirect;
}

function offer() {
  const kinds = setting.methods.filter((kind) => kind !== "link");
  const place = field("methods");
  place.querySelector("legend").textContent = texts.methods;
  place.hidden = kinds.length < 2;
  for (const kind of kinds) {
    const label = document.createElement("label");
    const radio = Object.assign(document.createElement("input"), { type: "radio", name: "method", value: kind });
    radio.addEventListener("change", () => choose(kind));
    label.append(radio, ` ${texts[kind] || NAMES[kind] || kind}`);
    place.append(label);
  }
  choose(kinds[0] || "card", false);
}

function choose(kind, told = true) {
  method = kind;
  for (const radio of document.querySelectorAll("[name=method]")) radio.checked = radio.value === kind;
  field("part-card").hidden = kind !== "card";
  field("part-sepa_debit").hidden = kind !== "sepa_debit";
  field("part-redirect").hidden = kind in FIELDS;
  if (told) changed();
}

// ---- Typing ---------------------------------------------------------------------------------------------------------

field("number").addEventListener("input", ({ target }) => {
  target.value = digits(target.value).slice(0, 19).replace(/(\d{4})(?=\d)/g, "$1 ");
});
field("expiry").addEventListener("input", ({ target, inputType }) => {
  let typed = digits(target.value).slice(0, 4);
  if (typed.length === 1 && typed > "1") typed = `0${typed}`;
  const goesOn = typed.length > 2 || (typed.length === 2 && inputType !== "deleteContentBackward");
  target.value = goesOn ? `${typed.slice(0, 2)} / ${typed.slice(2)}` : typed;
});
field("cvc").addEventListener("input", ({ target }) => {
  target.value = digits(target.value).slice(0, 4);
});
for (const input of document.querySelectorAll(".field input")) {
  input.addEventListener("input", () => {
    say(input.id, "");
    changed();
  });
  input.addEventListener("blur", () => {
    if (input.value) say(input.id, wrong(input.id));
    tell("blur");
  });
  input.addEventListener("focus", () => tell("focus"));
  input.addEventListener("keydown", (event) => event.key === "Escape" && tell("escape"));
}
field("form").addEventListener("submit", (event) => event.preventDefault());

function changed() {
  const empty = fields().every((name) => !field(name).value);
  const codes = fields().map(wrong);
  const invalid = codes.find((code) => code.startsWith("invalid"));
  tell("change", {
    complete: codes.every((code) => !code),
    empty,
    value: { type: method },
    brand: field("number").value.startsWith("4") ? "visa" : "unknown",
    error: invalid ? { type: "validation_error", code: invalid, message: texts[invalid] } : undefined,
  });
}

// ---- Checking -------------------------------------------------------------------------------------------------------

function passesLuhn(number) {
  const sum = [...number].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (1 + (place % 2));
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

function wrong(name) {
  const value = field(name).value.trim();
  if (name === "number") {
    const number = digits(value);
    if (number.length < (/^3[47]/.test(number) ? 15 : 16)) return "incomplete_number";
    return passesLuhn(number) ? "" : "invalid_number";
  }
  if (name === "expiry") {
    const typed = digits(value);
    if (typed.length < 4) return "incomplete_expiry";
    const [month, year] = [Number(typed.slice(0, 2)), 2000 + Number(typed.slice(2))];
    const now = new Date();
    const past = year < now.getFullYear() || (year === now.getFullYear() && month < now.getMonth() + 1);
    return past || month < 1 || month > 12 ? "invalid_expiry" : "";
  }
  if (name === "cvc") return value.length < 3 ? "incomplete_cvc" : "";
  if (name === "iban") return value.replace(/\s/g, "").length < 15 ? "incomplete_iban" : "";
  if (name === "email") return value.includes("@") ? "" : "incomplete_email";
  return value ? "" : `incomplete_${name}`;
}

function say(name, code) {
  field(`${name}-error`).textContent = code ? texts[code] : "";
  if (code) field(name).setAttribute("aria-invalid", "true");
  else field(name).removeAttribute("aria-invalid");
}

function checked() {
  const codes = Object.fromEntries(fields().map((name) => [name, wrong(name)]));
  for (const [name, code] of Object.entries(codes)) say(name, code);
  const first = Object.entries(codes).find(([, code]) => code);
  if (!first) return { selectedPaymentMethod: method };
  field(first[0]).focus();
  return { error: { type: "validation_error", code: first[1], message: texts[first[1]] } };
}

// ---- Orders of the page ---------------------------------------------------------------------------------------------

async function answer(order) {
  port.postMessage({ answer: order.number, result: await ORDERS[order.do](order) });
}

const ORDERS = {
  check: () => checked(),
  focus: () => void field(fields()[0] || "number").focus(),
  blur: () => void document.activeElement?.blur(),
  clear: () => {
    for (const name of fields()) field(name).value = "";
    changed();
  },
  dress: ({ appearance, scheme }) => {
    Object.assign(setting, { appearance, scheme });
    dress();
  },
  method: async ({ billing }) => {
    const found = checked();
    return found.error ? found : made(billing || {});
  },
};

async function made(billing) {
  const form = new URLSearchParams({ key: setting.key, type: method });
  if (setting.account) form.append("_stripe_account", setting.account);
  const own = method === "sepa_debit" ? { name: field("name").value, email: field("email").value } : {};
  for (const [name, value] of Object.entries({ ...own, ...billing })) {
    if (typeof value === "string" && value) form.append(`billing_details[${name}]`, value);
  }
  for (const [name, value] of Object.entries(billing.address || {})) {
    if (value) form.append(`billing_details[address][${name}]`, value);
  }
  if (method === "card") {
    const expiry = digits(field("expiry").value);
    form.append("card[number]", digits(field("number").value));
    form.append("card[exp_month]", String(Number(expiry.slice(0, 2))));
    form.append("card[exp_year]", `20${expiry.slice(2)}`);
    form.append("card[cvc]", field("cvc").value);
  } else if (method === "sepa_debit") {
    form.append("sepa_debit[iban]", field("iban").value);
  }
  try {
    const told = await (await fetch("/v1/payment_methods", { method: "POST", body: form })).json();
    return told.error ? { error: told.error } : { paymentMethod: told };
  } catch {
    return { error: { type: "api_connection_error", message: "We are experiencing issues connecting to Stripe." } };
  }
}
