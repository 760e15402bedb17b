// The card form: Stripe's fields in Stripe's frame, so that card numbers never touch this page. Without it, or where it
// does not load, the button below leads to Stripe's own page.
document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("pay");
  if (!form) return;
  const { key, intent, paid, broken } = form.dataset;
  const box = document.getElementById("pay-fields");
  const button = form.querySelector("button");
  const alert = document.getElementById("pay-error");
  const keep = form.querySelector("[name=keep]");
  let stripe;
  let elements;
  let secret;

  const say = (text) => {
    alert.textContent = text;
    alert.hidden = !text;
    if (text) alert.focus();
  };

  const busy = (yes) => {
    button.disabled = yes;
    form.setAttribute("aria-busy", String(yes));
  };

  const ask = async () => {
    const answer = await fetch(intent, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.detail);
    return told;
  };

  const mount = async () => {
    if (typeof Stripe === "undefined") throw new Error(broken);
    const told = await ask();
    secret = told.client_secret;
    const options = { locale: document.documentElement.lang };
    if (told.account) options.stripeAccount = told.account;
    stripe = Stripe(key, options);
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const ink = getComputedStyle(button).backgroundColor;
    const variables = ink.startsWith("rgb(") ? { colorPrimary: ink } : {};
    elements = stripe.elements({ clientSecret: secret, appearance: { theme: dark ? "night" : "stripe", variables } });
    const fields = elements.create("payment");
    fields.on("ready", () => {
      document.getElementById("pay-loading").hidden = true;
      busy(false);
    });
    fields.mount(box);
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (button.disabled) return;
    busy(true);
    say("");
    try {
      const checked = await elements.submit();
      if (checked?.error) throw new Error(checked.error.message);
      if (keep?.checked) await ask();
      const back = new URL(paid, location.href).href;
      const { error } = await stripe.confirmPayment({
        elements,
        clientSecret: secret,
        confirmParams: { return_url: back },
        redirect: "if_required",
      });
      if (!error) return location.assign(back);
      say(error.message);
    } catch (problem) {
      say(problem.message);
    }
    busy(false);
  });

  form.hidden = false;
  busy(true);
  mount().catch((problem) => {
    document.getElementById("pay-loading").hidden = true;
    say(problem instanceof TypeError ? broken : problem.message);
  });
});
