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

// On a phone the slots lie below the calendar: show them once a day is chosen.
document.addEventListener("htmx:afterSettle", (event) => {
  const heading = document.getElementById("slots-heading");
  const isDay = event.detail.requestConfig?.elt?.classList.contains("day");
  if (!heading || !isDay || heading.getBoundingClientRect().top < window.innerHeight * 0.8) return;
  const smooth = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  heading.scrollIntoView({ behavior: smooth ? "smooth" : "auto", block: "start" });
});

// A form that changes something is sent once; the server would cope with twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
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
