// A payment under way: look again after a moment. Without scripts the page says so itself.
document.addEventListener("DOMContentLoaded", () => {
  const { next } = document.querySelector("[data-next]").dataset;
  setTimeout(() => location.replace(next), 3000);
});
