// Draws the charts of a page of figures. The same figures stand below each as a table; without JavaScript there is only that.
const DASHES = [[], [6, 4], [2, 3]];

const colours = () => {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  return {
    lines: [read("--color-primary"), read("--color-info"), read("--color-warning")],
    text: read("--color-base-content"),
    grid: read("--color-base-300"),
  };
};

const draw = (place) => {
  const { shape, labels, lines } = JSON.parse(document.getElementById(place.dataset.chart).textContent);
  const { lines: inks, text, grid } = colours();
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  place.replaceChildren(canvas);
  const isLine = shape === "line";
  const isStacked = shape === "stack";
  const lies = shape === "rows"; // names are read beside bars that lie: below standing ones there is no room for all
  if (lies) place.style.height = `${labels.length * Math.max(lines.length, 1.25) * 1.5 + 4}rem`;
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  const names = lies
    ? { color: text, autoSkip: false, callback: (at) => (labels[at].length > 24 ? `${labels[at].slice(0, 23)}…` : labels[at]) }
    : { color: text, maxRotation: 0, autoSkipPadding: 16 };
  return new Chart(canvas, {
    type: isLine ? "line" : "bar",
    data: {
      labels,
      datasets: lines.map((line, at) => ({
        label: line.label,
        data: line.values,
        borderColor: inks[at % inks.length],
        backgroundColor: inks[at % inks.length],
        borderDash: DASHES[at % DASHES.length],
        borderWidth: isLine ? 2 : 0,
        pointRadius: labels.length > 40 ? 0 : 3,
        tension: 0.2,
        maxBarThickness: 48,
      })),
    },
    options: {
      maintainAspectRatio: false,
      animation: false,
      indexAxis: lies ? "y" : "x",
      color: text,
      interaction: { mode: "index", intersect: false },
      scales: {
        [lies ? "y" : "x"]: { stacked: isStacked, grid: { display: false }, ticks: names },
        [lies ? "x" : "y"]: { stacked: isStacked, beginAtZero: true, grid: { color: grid }, ticks: { color: text, precision: 0 } },
      },
      plugins: {
        legend: { display: lines.length > 1, labels: { color: text, boxWidth: 24 } },
        tooltip: { callbacks: { label: (hit) => `${hit.dataset.label}: ${lines[hit.datasetIndex].told[hit.dataIndex]}` } },
      },
    },
  });
};

document.addEventListener("DOMContentLoaded", () => {
  let charts = [];
  const all = () => {
    charts.forEach((chart) => chart.destroy());
    charts = [...document.querySelectorAll("[data-chart]")].map(draw);
  };
  all();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
  window.addEventListener("beforeprint", () => charts.forEach((chart) => chart.resize()));
});
