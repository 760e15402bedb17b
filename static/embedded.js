// A page inside somebody else's site says how high it is, and opens what does not belong inside in a window of its own.
// It speaks to the page around it only where that is on the venue's list; the browser has looked at the list before.
(() => {
  const { prefix, sites, booked } = document.currentScript.dataset;
  const around = window.parent;
  if (around === window) {
    location.replace(`/${location.pathname.slice(prefix.length)}${location.search}`);
    return;
  }
  const allowed = [location.origin, ...sites.split(" ")];
  let host = "";
  let told = 0;

  const tell = (what, more) => around.postMessage({ forecourt: what, ...more }, host);

  // The body is as high as what is in it (embedded.css), however high the frame is: this cannot chase itself.
  const measure = () => {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    if (height === told) return;
    told = height;
    tell("height", { height });
  };

  const answer = (event) => {
    if (event.source !== around || event.data?.forecourt !== "hello" || !allowed.includes(event.origin)) return;
    const isNew = !host;
    host = event.origin;
    told = 0;
    measure();
    if (isNew) new ResizeObserver(measure).observe(document.body);
    if (isNew && booked) tell("booked", { code: booked });
  };

  // Says nothing that the page around does not know, so whoever that is may hear it.
  const here = () => around.postMessage({ forecourt: "here" }, "*");

  window.addEventListener("message", answer);
  document.addEventListener("DOMContentLoaded", here);
  window.addEventListener("pageshow", (event) => event.persisted && here());

  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest?.("a[href]");
      if (!link || link.target || !link.protocol.startsWith("http")) return;
      const isOurs = link.origin === location.origin;
      if (isOurs && link.pathname === "/") link.pathname = prefix;
      if (isOurs && link.pathname.startsWith(prefix) && !link.pathname.endsWith(".pdf")) return;
      link.target = "_blank";
      link.rel = "noopener noreferrer";
    },
    true,
  );
})();
