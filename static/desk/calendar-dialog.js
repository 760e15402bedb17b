// The calendar's dialog: pages of the calendar that answer with their inside alone. Every choice in a form is looked up
// at once; nothing is done before the button that says so is pressed. Hears "calendar:open", tells "calendar:done".
document.addEventListener("DOMContentLoaded", () => {
  const dialog = document.querySelector("[data-calendar-dialog]");
  if (!dialog) return;
  const LOOKED_UP =
    "resource service day time minutes people later keep_price overrule customer first_day first_time last_day last_time";
  const looked = new Set(LOOKED_UP.split(" "));
  let turn = 0;
  let opener = null;
  let closed = null;
  let soon = 0;
  let sending = null; // the form that is on its way
  let stale = false; // something was chosen that the price does not know of yet

  const says = (name) => document.getElementById("cal").dataset[name];
  const complain = () => document.dispatchEvent(new CustomEvent("calendar:failed", { detail: { said: says("saysFailed") } }));

  const close = (isDone) => {
    if (!dialog.open) return;
    turn += 1;
    const then = closed;
    closed = null;
    dialog.close();
    dialog.replaceChildren();
    dialog.removeAttribute("aria-busy");
    then?.(isDone);
    if (opener?.isConnected) opener.focus({ preventScroll: true });
  };

  // No answer: an empty dialog goes, and what was dragged goes back; a filled one says it, and keeps what was typed.
  const fail = () => {
    if (!dialog.childElementCount) {
      close(false);
      complain();
      return;
    }
    const said = dialog.querySelector("[data-failed]") ?? document.createElement("p");
    said.dataset.failed = "";
    said.setAttribute("role", "alert");
    said.className = "mb-3 font-semibold text-error";
    said.textContent = says("saysFailed");
    dialog.prepend(said);
    for (const form of dialog.querySelectorAll("form")) delete form.dataset.sent;
  };

  const isPart = (response) => response.headers.get("X-Part") === "1";

  const fill = (html, isAnswer) => {
    const before = document.activeElement;
    const name = dialog.contains(before) ? before.getAttribute("name") : "";
    const value = before?.type === "radio" || before?.name === "overrule" ? before.value : "";
    const wasLook = dialog.contains(before) && before.hasAttribute("data-look");
    const pressed = dialog.contains(before) && before.matches("button") ? before.textContent : "";
    const typed = [...dialog.querySelectorAll("input:not([type=hidden], [type=radio], [type=checkbox]), textarea")]
      .filter((field) => !looked.has(field.name))
      .map((field) => [field.name, field.value]);
    dialog.innerHTML = html;
    stale = false;
    for (const [field, text] of typed) {
      const same = dialog.querySelector(`[name="${field}"]`);
      if (same) same.value = text; // what was typed while the answer was on its way stays
    }
    const outcome = dialog.querySelector("[data-outcome]");
    const again = name && dialog.querySelector(`[name="${name}"]${value ? `[value="${CSS.escape(value)}"]` : ""}`);
    // A button that says the same means the same; one that names another price does not.
    const button = pressed && [...dialog.querySelectorAll("button")].find((each) => each.textContent === pressed);
    const next = (isAnswer && outcome) || again || (wasLook && dialog.querySelector("[data-look]")) || button;
    if (isAnswer && outcome) outcome.tabIndex = -1;
    (next || dialog.querySelector("#dialog-heading"))?.focus({ preventScroll: !isAnswer });
  };

  const ask = async (url, options, isAnswer) => {
    const mine = ++turn;
    dialog.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(url, { ...options, headers: { "X-Part": "1" }, redirect: "follow" });
      const isJson = (response.headers.get("Content-Type") ?? "").includes("json");
      const answer = isJson ? await response.json() : await response.text();
      if (mine !== turn) return;
      if (isJson && answer.done) {
        close(true);
        document.dispatchEvent(new CustomEvent("calendar:done", { detail: answer }));
      } else if (isPart(response)) {
        fill(answer, isAnswer);
      } else if (response.redirected) {
        location.reload(); // signed out meanwhile
      } else {
        close(false);
        complain();
      }
    } catch {
      if (mine === turn) fail();
    } finally {
      if (mine === turn) dialog.removeAttribute("aria-busy");
    }
  };

  const look = (form) => {
    const fields = new URLSearchParams(new FormData(form));
    for (const name of ["csrfmiddlewaretoken", "quote", "shown"]) fields.delete(name);
    return ask(`${form.getAttribute("action")}?${fields}`, {}, false);
  };

  // Once, however often it is pressed on a slow line: the first answer is the one that says what was done.
  const send = async (form) => {
    if (sending === form) return;
    sending = form;
    await ask(form.getAttribute("action"), { method: "POST", body: new FormData(form) }, true);
    if (sending === form) sending = null;
  };

  // Who is quicker than the answer is shown it first; where it says what was shown before, it is done at once.
  const sendAsShown = async (form) => {
    const outcome = () => dialog.querySelector("[data-outcome]")?.textContent ?? "";
    const before = outcome();
    await look(form);
    const fresh = dialog.querySelector("form[data-part]");
    if (fresh && before && outcome() === before && !dialog.querySelector("[role=alert]")) send(fresh);
  };

  document.addEventListener("calendar:open", ({ detail }) => {
    opener = detail.opener ?? document.activeElement;
    closed = detail.closed ?? null;
    dialog.replaceChildren();
    if (detail.inside) dialog.append(detail.inside);
    if (!dialog.open) dialog.showModal();
    if (detail.url) ask(detail.url, {}, false);
  });

  // Another page in the same dialog: what was dragged stays where it was dropped.
  document.addEventListener("calendar:next", ({ detail }) => ask(detail.url, {}, false));

  for (const link of document.querySelectorAll("a[data-dialog]")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      document.dispatchEvent(new CustomEvent("calendar:open", { detail: { url: link.href, opener: link } }));
    });
  }

  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    close(false);
  });
  dialog.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) close(false);
  });
  dialog.addEventListener("change", ({ target }) => {
    const form = target.closest("form[data-part]");
    if (!form || !looked.has(target.name)) return;
    if ([...form.elements].some((field) => field.required && !field.value)) return;
    clearTimeout(soon);
    stale = true;
    dialog.setAttribute("aria-busy", "true"); // from the choice on, not only while the question is on its way
    soon = setTimeout(() => (form.isConnected ? look(form) : dialog.removeAttribute("aria-busy")), 150);
  });
  dialog.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-part]");
    if (!form) return;
    event.preventDefault();
    clearTimeout(soon);
    if (event.submitter?.hasAttribute("data-look")) look(form);
    else if (stale && dialog.querySelector("[data-outcome]")) sendAsShown(form);
    else send(form);
  });
});
