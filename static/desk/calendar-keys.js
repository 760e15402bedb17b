// The arrow keys walk through what stands in the calendar: along a resource by time, and to the nearest of the next one.
// Tab reaches everything, too.
document.addEventListener("DOMContentLoaded", () => {
  const root = document.getElementById("cal");
  if (!root) return;
  const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const middle = (box) => [box.left + box.width / 2, box.top + box.height / 2];

  root.addEventListener("keydown", (event) => {
    const from = event.target.closest(".cal-open");
    const step = STEPS[event.key];
    if (!from || !step || event.ctrlKey || event.altKey || event.metaKey) return;
    const here = middle(from.getBoundingClientRect());
    let best = null;
    for (const other of root.querySelectorAll(".cal-open[tabindex]")) {
      const there = middle(other.getBoundingClientRect());
      const ahead = (there[0] - here[0]) * step[0] + (there[1] - here[1]) * step[1];
      const aside = Math.abs((there[0] - here[0]) * step[1]) + Math.abs((there[1] - here[1]) * step[0]);
      const far = ahead + 4 * aside;
      if (other !== from && ahead > 4 && (!best || far < best.far)) best = { other, far };
    }
    if (!best) return;
    event.preventDefault();
    best.other.focus({ preventScroll: true });
    best.other.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
});
