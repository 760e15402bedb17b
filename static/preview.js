// Words of a message are shown as they would go out, while they are typed; without this there is a button for it.
document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form[data-preview]");
  const button = form?.querySelector("[data-shows]");
  if (!button) return;
  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => form.requestSubmit(button), 500);
  });
  form.requestSubmit(button);
});
