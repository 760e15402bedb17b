// A payment that is not settled yet: look again after a moment. Without scripts the page says so itself.
document.addEventListener("DOMContentLoaded", () => {
  const { next, pause } = document.querySelector("[data-next]").dataset;
  const look = () => {
    // Without a connection the browser would show its own error: wait for one.
    if (navigator.onLine) location.replace(next);
    else window.addEventListener("online", look, { once: true });
  };
  setTimeout(look, Number(pause) * 1000);
});
