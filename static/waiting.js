// A payment that is not settled yet: look again after a moment. Without scripts the page says so itself.
document.addEventListener("DOMContentLoaded", () => {
  const { next, pause } = document.querySelector("[data-next]").dataset;
  setTimeout(() => location.replace(next), Number(pause) * 1000);
});
