// The arrow keys walk through the day of a venue; Tab enters the table once and leaves it. Without this, Tab stops at
// every free start.
document.addEventListener("DOMContentLoaded", () => {
  const table = document.querySelector("table[data-grid]");
  if (!table) return;
  const board = table.parentElement;
  const rows = [...table.tBodies[0].rows];
  const cells = rows.map((row) => [...row.cells].filter((cell) => cell.tagName === "TD"));
  const target = (cell) => cell.querySelector("button") ?? cell;
  table.setAttribute("role", "grid");
  for (const cell of cells.flat()) target(cell).tabIndex = -1;
  const first = table.querySelector("td button") ?? cells[0]?.[0];
  if (first) first.tabIndex = 0;
  board.removeAttribute("tabindex");

  const go = (cell) => {
    if (!cell) return;
    const next = target(cell);
    for (const old of table.querySelectorAll("td [tabindex='0'], td[tabindex='0']")) old.tabIndex = -1;
    next.tabIndex = 0;
    next.focus({ preventScroll: true });
    // What sticks covers what lies under it: keep the cell clear of the names and of the hours.
    const names = rows[0].cells[0].getBoundingClientRect();
    const at = cell.getBoundingClientRect();
    const frame = board.getBoundingClientRect();
    const isRtl = getComputedStyle(table).direction === "rtl";
    const from = isRtl ? frame.left : names.right;
    const to = isRtl ? names.left : frame.right;
    if (at.left < from) board.scrollLeft -= from - at.left;
    else if (at.right > to) board.scrollLeft += at.right - to;
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  // The cell of another row that lies under, or over, the middle of this one.
  const beside = (row, cell) => {
    const { left, width } = cell.getBoundingClientRect();
    const middle = left + width / 2;
    return cells[row]?.find((other) => {
      const box = other.getBoundingClientRect();
      return box.left <= middle && middle < box.right;
    });
  };

  table.addEventListener("keydown", (event) => {
    const cell = event.target.closest("td");
    if (!cell || event.ctrlKey || event.altKey || event.metaKey) return;
    const row = cells.findIndex((each) => each.includes(cell));
    const column = cells[row].indexOf(cell);
    const ahead = getComputedStyle(table).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const steps = {
      ArrowUp: () => beside(row - 1, cell),
      ArrowDown: () => beside(row + 1, cell),
      ArrowLeft: () => cells[row][column + (ahead === "ArrowLeft" ? 1 : -1)],
      ArrowRight: () => cells[row][column + (ahead === "ArrowRight" ? 1 : -1)],
      Home: () => cells[row][0],
      End: () => cells[row].at(-1),
    };
    if (!(event.key in steps)) return;
    event.preventDefault();
    go(steps[event.key]());
  });
});
