// Opening hours drawn into a week. The table of times below is what is sent: this only draws it, and writes into it.
const HOURS = 30; // past midnight until six
const STEP = 30;
const box = document.getElementById("week-grid");
const rows = [...document.querySelectorAll("#week-times [data-day]")];
const minutes = (text) => { const [h, m] = text.split(":").map(Number); return h * 60 + m; };
const clock = (value) => { const v = ((value % 1440) + 1440) % 1440; return `${String(Math.floor(v / 60)).padStart(2, "0")}:${String(v % 60).padStart(2, "0")}`; };
const percent = (value) => `${(Math.min(value, HOURS * 60) / (HOURS * 60)) * 100}%`;
const spoken = new Intl.DateTimeFormat(document.documentElement.lang || "en", { hour: "numeric", minute: "2-digit", timeZone: "UTC" });
const said = (value) => spoken.format(new Date((((value % 1440) + 1440) % 1440) * 60000));

const read = (row) => [...row.querySelectorAll("[data-span]")].map((line) => {
  const [opens, closes] = line.querySelectorAll("input");
  if (!opens.value || !closes.value) return null;
  const first = minutes(opens.value);
  let last = minutes(closes.value);
  if (last <= first) last += 1440;
  return { line, first, last };
}).filter(Boolean);

const write = (span, first, last) => {
  const [opens, closes] = span.line.querySelectorAll("input");
  opens.value = clock(first);
  closes.value = clock(last);
};

let made = 0;
const blank = (row) => {
  const lines = [...row.querySelectorAll("[data-span]")];
  const empty = lines.find((line) => [...line.querySelectorAll("input")].every((input) => !input.value));
  if (empty) return empty;
  const copy = lines[0].cloneNode(true);
  made += 1;
  copy.querySelectorAll("input").forEach((input, at) => {
    input.value = "";
    input.id = `${at ? "closes" : "opens"}-${row.dataset.day}-drawn${made}`;
    copy.querySelectorAll("label")[at].htmlFor = input.id;
    input.addEventListener("change", () => draw(row));
  });
  lines[lines.length - 1].after(copy);
  return copy;
};

const free = (row, first, last, but) => read(row).every((other) => other.line === but || last <= other.first || first >= other.last);
const snap = (value) => Math.round(value / STEP) * STEP;
const days = new Map();

const put = (row, span, first, last) => {
  if (first < 0 || first >= 1440 || last > HOURS * 60 || last - first < STEP || last - first > 1440 || !free(row, first, last, span.line)) return false;
  write(span, first, last);
  return true;
};

const gone = (row, span) => {
  span.line.querySelectorAll("input").forEach((input) => { input.value = ""; });
  draw(row);
  days.get(row).focus();
};

const draw = (row, focus) => {
  const day = days.get(row);
  day.querySelectorAll(".week-span").forEach((old) => old.remove());
  for (const span of read(row)) {
    const drawn = document.createElement("button");
    drawn.type = "button";
    drawn.className = "week-span";
    drawn.style.top = percent(span.first);
    drawn.style.height = `${((Math.min(span.last, HOURS * 60) - span.first) / (HOURS * 60)) * 100}%`;
    drawn.textContent = `${said(span.first)} – ${said(span.last)}`;
    drawn.setAttribute("aria-label", `${row.dataset.name}: ${said(span.first)} – ${said(span.last)}${span.last > 1440 ? ` (${box.dataset.next})` : ""}`);
    for (const edge of ["first", "last"]) {
      const handle = document.createElement("span");
      handle.className = `week-edge week-edge-${edge}`;
      handle.dataset.edge = edge;
      drawn.append(handle);
    }
    drawn.addEventListener("keydown", (event) => {
      const by = { ArrowUp: -STEP, ArrowDown: STEP }[event.key];
      if (by) {
        event.preventDefault();
        const ok = event.shiftKey ? put(row, span, span.first, span.last + by) : put(row, span, span.first + by, span.last + by);
        if (ok) draw(row, span.line);
      } else if (event.key === "Delete" || event.key === "Backspace") {
        event.preventDefault();
        gone(row, span);
      }
    });
    drawn.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      event.stopPropagation();
      drawn.focus();
      const edge = event.target.dataset.edge;
      const start = at(day, event);
      const before = { first: span.first, last: span.last };
      follow(drawn, event, (moved) => {
        const by = snap(at(day, moved) - start);
        const first = edge === "last" ? before.first : before.first + by;
        const last = edge === "first" ? before.last : before.last + by;
        if (put(row, span, first, last)) {
          drawn.style.top = percent(first);
          drawn.style.height = `${((Math.min(last, HOURS * 60) - first) / (HOURS * 60)) * 100}%`;
        }
      }, () => draw(row, span.line));
    });
    day.append(drawn);
    if (focus === span.line) drawn.focus();
  }
};

const at = (day, event) => {
  const frame = day.getBoundingClientRect();
  return ((event.clientY - frame.top) / frame.height) * HOURS * 60;
};

const follow = (target, event, move, end) => {
  target.setPointerCapture(event.pointerId);
  const stop = () => {
    target.removeEventListener("pointermove", move);
    target.removeEventListener("pointerup", stop);
    target.removeEventListener("pointercancel", stop);
    end();
  };
  target.addEventListener("pointermove", move);
  target.addEventListener("pointerup", stop);
  target.addEventListener("pointercancel", stop);
};

const build = () => {
  const help = document.createElement("p");
  help.className = "text-sm quiet mb-2";
  help.textContent = box.dataset.help;
  const scroll = document.createElement("div");
  scroll.className = "week-scroll";
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "group");
  scroll.setAttribute("aria-label", box.dataset.help);
  const week = document.createElement("div");
  week.className = "week";
  week.append(document.createElement("span"));
  for (const row of rows) {
    const head = document.createElement("p");
    head.className = "week-head";
    head.textContent = row.dataset.name;
    week.append(head);
  }
  const ruler = document.createElement("div");
  ruler.className = "week-clock";
  ruler.setAttribute("aria-hidden", "true");
  for (let hour = 2; hour < HOURS; hour += 2) {
    const mark = document.createElement("span");
    mark.textContent = said(hour * 60);
    mark.style.top = percent(hour * 60);
    ruler.append(mark);
  }
  week.append(ruler);
  for (const row of rows) {
    const day = document.createElement("div");
    day.className = "week-day";
    day.tabIndex = 0;
    day.setAttribute("role", "group");
    day.setAttribute("aria-label", `${row.dataset.name}: ${box.dataset.add} (Enter)`);
    day.dataset.column = row.dataset.day;
    const night = document.createElement("div");
    night.className = "week-night";
    day.append(night);
    days.set(row, day);
    day.addEventListener("keydown", (event) => {
      if (event.target !== day || event.key !== "Enter") return;
      event.preventDefault();
      const hole = [9, 17, 20, 6, 0].map((hour) => hour * 60).find((first) => free(row, first, first + 120));
      if (hole === undefined) return;
      const line = blank(row);
      write({ line }, hole, hole + (free(row, hole, hole + 480) ? 480 : 120));
      draw(row, line);
    });
    day.addEventListener("pointerdown", (event) => {
      if (event.target !== day || event.button) return;
      event.preventDefault();
      const start = Math.floor(at(day, event) / STEP) * STEP;
      if (start >= 1440) return;
      let span = null;
      follow(day, event, (moved) => {
        const here = snap(at(day, moved));
        const first = Math.max(0, Math.min(start, here));
        const last = Math.max(start + STEP, here);
        if (!span) {
          if (!free(row, first, last)) return;
          span = { line: blank(row) };
        }
        if (put(row, span, first, last)) draw(row);
      }, () => draw(row, span && span.line));
    });
    row.querySelectorAll("input").forEach((input) => input.addEventListener("change", () => draw(row)));
    week.append(day);
  }
  scroll.append(week);
  box.append(help, scroll);
  box.hidden = false;
  for (const row of rows) draw(row);
};

build();
