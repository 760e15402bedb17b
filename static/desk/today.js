// The day at the desk. It asks again by itself; nothing moves under whoever is reading, typing or has something open.
(() => {
  const opened = new Set();
  let acted = "";

  const isBusy = () => {
    const here = document.activeElement;
    const typed = [...document.querySelectorAll("#today textarea")].some((field) => field.value);
    return document.hidden || !navigator.onLine || typed || Boolean(here?.closest?.("#today input, #today select, #today textarea"));
  };

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt.id === "poll" && isBusy()) event.preventDefault();
  });

  // What is open stays open when the list comes anew.
  document.addEventListener(
    "toggle",
    ({ target }) => {
      if (!target.id || !target.closest?.("#today")) return;
      if (target.open) opened.add(target.id);
      else opened.delete(target.id);
    },
    true,
  );

  document.addEventListener("htmx:beforeSwap", (event) => {
    acted = event.detail.requestConfig.verb === "post" ? (event.detail.requestConfig.elt.closest("[data-row]")?.id ?? "") : "";
  });

  document.addEventListener("htmx:afterSwap", () => {
    for (const id of [...opened]) {
      const details = document.getElementById(id);
      if (details) details.open = true;
      else opened.delete(id);
    }
    // Who acted on a row goes on from there.
    if (acted) document.getElementById(acted)?.focus({ preventScroll: true });
    acted = "";
  });

  // What could not be sent may be sent again.
  document.addEventListener("htmx:sendError", ({ detail }) => {
    const form = detail.elt.closest?.("form");
    if (form) delete form.dataset.sent;
  });
})();
