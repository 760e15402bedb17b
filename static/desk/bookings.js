// Many bookings at once: how many are chosen, and all of a page with one click. The form works without this.
for (const form of document.querySelectorAll("[data-many]")) {
  const each = [...form.elements].filter((one) => one.name === "booking");
  const all = form.elements.namedItem("all");
  const bar = document.querySelector("[data-many-bar]");
  const page = document.querySelector("[data-many-page]");
  if (!bar || !page) continue;
  const told = bar.querySelector("[data-many-count]");
  const box = page.querySelector("input");
  page.classList.replace("hidden", "flex");
  const look = () => {
    const chosen = each.filter((one) => one.checked).length;
    const some = all?.checked || chosen > 0;
    for (const button of bar.querySelectorAll("button[name]")) button.disabled = !some;
    bar.toggleAttribute("data-chosen", some);
    box.checked = chosen === each.length;
    box.indeterminate = chosen > 0 && chosen < each.length;
    const said = all?.checked ? all.parentElement.textContent.trim() : `${told.dataset.some} ${chosen}`;
    told.textContent = some ? said : told.dataset.none;
  };
  box.addEventListener("change", () => {
    for (const one of each) one.checked = box.checked;
    look();
  });
  for (const one of [...each, all]) one?.addEventListener("change", look);
  addEventListener("pageshow", look);
  look();
}
