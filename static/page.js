// What every page does with JavaScript; none of it is needed.
document.documentElement.classList.add("scripted");

document.addEventListener("DOMContentLoaded", () => {
  const alert = document.querySelector("[role=alert]");
  if (alert) {
    alert.setAttribute("tabindex", "-1");
    alert.focus();
  }
  // Where the pages of a section do not fit, the present one is to be seen.
  document.querySelector("main nav [aria-current=page]")?.scrollIntoView({ block: "nearest", inline: "center" });
});

// The answer to a form becomes a page like others: loaded again, or come back to, it is asked for and not sent again.
document.addEventListener("DOMContentLoaded", () => {
  const here = document.querySelector("[data-here]")?.dataset.here;
  history.replaceState(history.state, "", here ?? location.href);
});

// On a phone the slots lie below the calendar: show them once a day is chosen. Who walks by keys stays at the day.
document.addEventListener("htmx:afterSettle", (event) => {
  const heading = document.getElementById("slots-heading");
  const isDay = event.detail.requestConfig?.elt?.matches("a.day, a.full-day");
  if (!heading || !isDay || document.activeElement.matches(":focus-visible")) return;
  const first = document.querySelector("#choosing .slot") ?? heading;
  if (first.getBoundingClientRect().bottom < window.innerHeight) return;
  const smooth = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  heading.scrollIntoView({ behavior: smooth ? "smooth" : "auto", block: "start" });
});

// What had the focus may be gone from what came in its place, as the arrow is at the last month: go on from its heading.
document.addEventListener("htmx:afterSettle", (event) => {
  if (document.activeElement !== document.body) return;
  const heading = event.detail.elt.querySelector("h2");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus({ preventScroll: true });
});

// The arrow keys walk through the days of a month that can be chosen, and from one month to the next.
document.addEventListener("keydown", (event) => {
  const day = event.target.closest?.("td > a.day, td > a.full-day");
  if (!day || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  const onwards = getComputedStyle(day).direction === "rtl" ? -1 : 1;
  const cells = [...day.closest("tbody").querySelectorAll("td")];
  const walk = (from, step) => {
    let at = from;
    while (cells[at] && !cells[at].querySelector("a")) at += step;
    return cells[at]?.querySelector("a");
  };
  const now = cells.indexOf(day.parentElement);
  const keys = {
    ArrowUp: () => walk(now - 7, -7),
    ArrowDown: () => walk(now + 7, 7),
    ArrowLeft: () => walk(now - onwards, -onwards),
    ArrowRight: () => walk(now + onwards, onwards),
    Home: () => walk(0, 1),
    End: () => walk(cells.length - 1, -1),
    PageUp: () => document.getElementById("previous-month"),
    PageDown: () => document.getElementById("next-month"),
  };
  if (!Object.hasOwn(keys, event.key)) return;
  event.preventDefault();
  const next = keys[event.key]();
  next?.focus();
  if (event.key.startsWith("Page")) next?.click();
});

// Where signal is poor, somebody chooses before the scripts are there: what is asked for by choosing is asked for now.
// Forms whose answer is an address are autocomplete="off": going back, browsers would choose in them by themselves.
const isAsItCame = (field) => {
  if (field.options) {
    const [first] = field.options;
    const given = [...field.options].filter((option) => option.defaultSelected);
    return given.length ? given.every((option) => option.selected) : field.multiple || (first?.selected ?? true);
  }
  return field.checked === field.defaultChecked && field.value === field.defaultValue;
};
document.addEventListener("htmx:load", ({ target }) => {
  if (target !== document.body) return;
  for (const asking of document.querySelectorAll("[hx-trigger]")) {
    const [event] = asking.getAttribute("hx-trigger").match(/^(change|input)\b/) ?? [];
    if (!event) continue;
    const chosen = [...asking.querySelectorAll("select, input:not([type=hidden]), textarea")].find((field) => !isAsItCame(field));
    chosen?.dispatchEvent(new Event(event, { bubbles: true }));
  }
});

// Without a connection the browser would put its own page in the place of what was typed, and a part of a page that
// cannot be fetched would be nothing at all: it is said.
const offline = (isSo) => {
  const line = document.getElementById("offline");
  if (line) line.textContent = isSo ? line.dataset.words : "";
};
window.addEventListener("offline", () => offline(true));
window.addEventListener("online", () => offline(false));
document.addEventListener("htmx:sendError", () => offline(true));
document.addEventListener("htmx:afterOnLoad", () => offline(false));

// A part that the server refuses is asked for as a page, which says why: what asks again by itself only where it is
// refused for good, and a form that was sent is sent once more, past its listeners. What is only worked out while
// somebody types is left as it was: as a page, the form would do what it is for.
document.addEventListener("htmx:responseError", ({ detail }) => {
  const { elt, requestConfig, pathInfo, xhr } = detail;
  const event = requestConfig.triggeringEvent;
  const update = elt.querySelector("button[name=update]");
  if (requestConfig.verb === "get") {
    if (event || xhr.status < 500) location.assign(pathInfo.finalRequestPath);
  } else if (update) {
    elt.closest("form").requestSubmit(update);
  } else if (event?.type === "submit") {
    const { name, value } = event.submitter ?? {};
    if (name) elt.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    HTMLFormElement.prototype.submit.call(elt);
  }
});

// A form that changes something is sent once; the server would cope with twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!navigator.onLine && !event.defaultPrevented) {
    event.preventDefault();
    offline(true);
    return;
  }
  // What is sent into a frame leaves the page as it is, and may be sent again.
  if (form.method !== "post" || event.submitter?.formTarget) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
});

// Going back must find a form that can be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
