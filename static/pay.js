// The card form: Stripe's fields in Stripe's frame, so that card numbers never touch this page. Without it, or where it
// does not load, the button below leads to Stripe's own page.
document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("pay");
  if (!form) return;
  const { key, intent, paid, broken, offline, unsure, again, booking } = form.dataset;
  const PATIENCE = 10_000; // milliseconds
  const box = document.getElementById("pay-fields");
  const button = form.querySelector("button");
  const alert = document.getElementById("pay-error");
  const keep = form.querySelector("[name=keep]");
  const beside = document.getElementById("pay-elsewhere");
  const kept = document.getElementById("pay-cards");
  let stripe;
  let elements;
  let secret;
  let asking = null; // the question that is on its way

  const say = (text) => {
    alert.textContent = text;
    alert.hidden = !text;
    if (text) alert.focus();
  };

  const busy = (yes) => {
    button.disabled = yes;
    form.setAttribute("aria-busy", String(yes));
  };

  // A refusal that another page answers better: paid in another tab, a payment under way, a hold that is over.
  const elsewhere = (code) => {
    const page = { already_paid: booking, payment_open: paid, hold_expired: location.pathname, link_needed: booking }[code];
    if (page) location.replace(page);
    return Boolean(page);
  };

  const answered = async () => {
    let answer;
    try {
      answer = await fetch(intent, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
    } catch {
      throw new Error(offline);
    }
    const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
    const told = isJson ? await answer.json() : { code: answer.status === 404 ? "link_needed" : "", detail: broken };
    if (answer.ok && isJson) return told;
    elsewhere(told.code);
    throw new Error(told.detail);
  };

  const ask = () => {
    asking = answered().finally(() => {
      asking = null;
    });
    return asking;
  };

  // Whether the money moved is not known here: the server asks Stripe as soon as it can be reached.
  const askServer = () => {
    const go = () => location.assign(paid);
    if (navigator.onLine) return go();
    say(unsure);
    window.addEventListener("online", go, { once: true });
  };

  // A member's own cards first; the form is for another one.
  const chosen = () => kept?.querySelector("input:checked")?.value || "";

  const offer = (cards) => {
    if (!kept || !cards.length || !kept.hidden) return;
    const other = kept.querySelector("label");
    for (const card of cards) {
      const row = other.cloneNode(true);
      row.querySelector("input").value = card.id;
      row.querySelector("span").textContent = card.name;
      other.before(row);
    }
    kept.querySelector("input").checked = true;
    kept.addEventListener("change", show);
    kept.hidden = false;
    show();
    busy(false);
  };

  const show = () => {
    const own = Boolean(chosen());
    box.parentElement.hidden = own;
    if (keep) keep.closest("label").hidden = own;
  };

  // As the page around them: the business or the visitor may hold it to light or dark, else the device decides.
  const device = matchMedia("(prefers-color-scheme: dark)");
  const appearance = () => {
    const held = document.documentElement.dataset.theme;
    const ink = getComputedStyle(button).backgroundColor;
    const variables = ink.startsWith("rgb(") ? { colorPrimary: ink } : {};
    return { theme: (held ? held.endsWith("-dark") : device.matches) ? "night" : "stripe", variables };
  };

  const mount = async () => {
    if (typeof Stripe === "undefined") throw new Error(broken);
    const told = await ask();
    secret = told.client_secret;
    const options = { locale: document.documentElement.lang };
    if (told.account) options.stripeAccount = told.account;
    stripe = Stripe(key, options);
    elements = stripe.elements({ clientSecret: secret, appearance: appearance() });
    device.addEventListener("change", () => elements.update({ appearance: appearance() }));
    const fields = elements.create("payment");
    fields.on("ready", () => {
      document.getElementById("pay-loading").hidden = true;
      busy(false);
    });
    fields.mount(box);
    offer(told.cards);
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (button.disabled) return;
    busy(true);
    say("");
    let isSent = false;
    try {
      if (!elements) return await mount();
      const back = new URL(paid, location.href).href;
      const own = chosen();
      const how = own
        ? { confirmParams: { return_url: back, payment_method: own } }
        : { elements, confirmParams: { return_url: back } };
      if (!own) {
        const checked = await elements.submit();
        if (checked?.error) throw new Error(checked.error.message);
        if (keep?.checked) await ask();
      }
      form.dataset.sending = "yes"; // the countdown leaves the page alone meanwhile
      isSent = true;
      const { error } = await stripe.confirmPayment({ ...how, clientSecret: secret, redirect: "if_required" });
      if (!error) return location.assign(back);
      delete form.dataset.sending;
      // Another tab was quicker, or nobody knows: the server looks.
      if (error.code === "payment_intent_unexpected_state" || error.type === "api_connection_error") return askServer();
      say(error.type === "validation_error" ? error.message : `${error.message} ${again}`);
    } catch (problem) {
      delete form.dataset.sending;
      if (isSent) return askServer();
      say(problem.message);
    }
    busy(false);
  });

  // Stripe's own page is asked for last, however slow the line: each question ends what an earlier one had begun.
  beside.addEventListener("submit", async (event) => {
    if (!asking) return;
    event.preventDefault();
    event.stopPropagation();
    const press = beside.querySelector("button");
    if (press.disabled) return;
    press.disabled = true;
    await Promise.race([asking.catch(() => {}), new Promise((go) => setTimeout(go, PATIENCE))]);
    asking = null;
    press.disabled = false;
    beside.requestSubmit();
  });

  // Back after paying, from the browser's memory: what is paid shows no form again.
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());

  busy(true);
  mount().catch((problem) => {
    document.getElementById("pay-loading").hidden = true;
    say(problem.message);
    // Who was told to try again does it with the button.
    busy(typeof Stripe === "undefined");
  });
});
