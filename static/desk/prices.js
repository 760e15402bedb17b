// Drawing over the grid of prices fills in the form beside it. Fingers tap the first and the last time instead: they
// need drawing to scroll. Everything can be said in the form itself.
const table = document.getElementById("rates");
const form = document.querySelector("#set form");

if (table && form) {
  const cells = [...table.querySelectorAll("td[data-day]")];
  const said = document.getElementById("picked");
  const field = (name) => form.elements[name];
  let first = null;
  let isDrawing = false;

  const place = (cell) => ({ day: Number(cell.dataset.day), row: cell.parentElement.rowIndex });

  function between(one, other) {
    const a = place(one);
    const b = place(other);
    return cells.filter((cell) => {
      const { day, row } = place(cell);
      return day >= Math.min(a.day, b.day) && day <= Math.max(a.day, b.day) && row >= Math.min(a.row, b.row) && row <= Math.max(a.row, b.row);
    });
  }

  function mark(chosen) {
    for (const cell of cells) cell.classList.toggle("rate-picked", chosen.includes(cell));
  }

  function fill(chosen) {
    const days = new Set(chosen.map((cell) => cell.dataset.day));
    for (const box of form.querySelectorAll("[name=weekdays]")) box.checked = days.has(box.value);
    field("from_time").value = chosen[0].dataset.from;
    field("until_time").value = chosen[chosen.length - 1].dataset.until;
    const names = [...days].map((day) => table.tHead.querySelectorAll("th")[day].firstChild.textContent.trim());
    said.textContent = `${said.dataset.words} ${names.join(", ")} ${field("from_time").value} – ${field("until_time").value}`;
  }

  function choose(one, other) {
    const chosen = between(one, other);
    mark(chosen);
    fill(chosen);
  }

  const cellOf = (target) => (target instanceof Element ? target.closest("#rates td[data-day]") : null);

  table.addEventListener("pointerdown", (event) => {
    const cell = cellOf(event.target);
    if (!cell || event.pointerType === "touch" || event.button !== 0) return;
    event.preventDefault();
    first = cell;
    isDrawing = true;
    table.classList.add("is-drawing");
    mark([cell]);
  });

  document.addEventListener("pointermove", (event) => {
    const cell = isDrawing && cellOf(document.elementFromPoint(event.clientX, event.clientY));
    if (cell) mark(between(first, cell));
  });

  document.addEventListener("pointerup", (event) => {
    if (!isDrawing) return;
    isDrawing = false;
    table.classList.remove("is-drawing");
    const last = cellOf(document.elementFromPoint(event.clientX, event.clientY));
    choose(first, last || first);
    first = null;
    field("amount").focus();
  });

  table.addEventListener("click", (event) => {
    const cell = cellOf(event.target);
    if (!cell || event.pointerType !== "touch") return;
    if (first) {
      choose(first, cell);
      first = null;
      form.scrollIntoView({ block: "start" });
      field("amount").focus({ preventScroll: true });
    } else {
      first = cell;
      choose(cell, cell);
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !(first || isDrawing)) return;
    first = null;
    isDrawing = false;
    mark([]);
  });
}
