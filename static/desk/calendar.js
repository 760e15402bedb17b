// The list of the page as a calendar: wall times of the venue come from the feed and go back as they are; the browser's
// own zone has no say. What is dragged is shown with all of its consequences before anything is done, and what others
// do appears by itself.
document.addEventListener("DOMContentLoaded", () => {
  const root = document.getElementById("cal");
  if (!root || !window.EventCalendar) return;
  const says = root.dataset;
  const EVERY = 5000;
  const MINUTE = 60000;
  const LATE = 3; // looks that failed, one after the other
  const SIGNS = { success: "✓", info: "?", warning: "?", neutral: "·" };
  const CLASSES = { success: "cal-sure", info: "cal-asked", warning: "cal-asked", neutral: "cal-over" };
  const hint = document.querySelector("[data-hint]");
  const toast = document.querySelector("[data-toast]");
  const isNarrow = matchMedia("(max-width: 40rem)").matches;
  let calendar = null;
  let feed = null;
  let tag = "";
  let pending = false; // something lies where it was dropped, and nobody has said yes yet
  let dragging = false;
  let failures = 0;
  let ahead = 0; // of the browser's clock before the server's
  let asked = 0;
  let standing = 0;

  const open = (detail) => document.dispatchEvent(new CustomEvent("calendar:open", { detail }));
  const byId = (id) => feed.events.find((each) => each.id === id);
  const opened = (id) => root.querySelector(`[data-id="${CSS.escape(id)}"] .cal-open`);
  const shifted = (wall, milliseconds) =>
    new Date(Date.parse(`${wall}Z`) + milliseconds).toISOString().slice(0, 16);
  const element = (name, classes, text) => {
    const made = document.createElement(name);
    if (classes) made.className = classes;
    if (text) made.textContent = text;
    return made;
  };

  const classOf = (each) => {
    if (each.kind === "booking") return CLASSES[each.tone] ?? "cal-over";
    return { hold: "cal-held", closure: "cal-closed", busy: "cal-busy", part: "cal-part" }[each.kind];
  };
  const signOf = (each) => {
    if (each.kind === "booking") return SIGNS[each.tone] ?? "·";
    return { hold: "…", closure: "×", busy: "≈", part: "◧" }[each.kind];
  };

  const left = (until) => Math.max(0, Date.parse(until) - (Date.now() - ahead));
  const clock = (milliseconds) => {
    const seconds = Math.ceil(milliseconds / 1000);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };

  const content = ({ event, timeText }) => {
    const each = byId(event.id);
    if (!each) return { domNodes: [] };
    const where = feed.resources.find((resource) => resource.id === each.resource)?.title ?? "";
    const head = element("span", "cal-head");
    const sign = element("span", "cal-sign", signOf(each));
    sign.setAttribute("aria-hidden", "true");
    head.append(element("span", "sr-only", `${where}, `), sign, element("strong", "cal-name", each.title));
    const foot = element("span", "cal-foot");
    if (each.unpaid) {
      const owes = element("span", "cal-owes", "€");
      owes.setAttribute("aria-hidden", "true");
      foot.append(owes, element("span", "sr-only", `, ${says.saysUnpaid}`));
    }
    // What is dragged says where it would be.
    foot.append(element("span", "cal-time", event.display === "preview" ? timeText : each.time));
    if (each.expires && each.kind === "hold") {
      const counted = element("span", "cal-left", clock(left(each.expires)));
      counted.dataset.until = each.expires;
      foot.append(counted);
    }
    if (each.state) foot.append(element("span", "sr-only", `, ${each.state}`));
    foot.append(element("span", "cal-notes", each.notes.join(" · ")));
    // What is focused and pressed lies in the library's box, which may not be a button itself.
    const inside = element("span", "cal-open");
    inside.append(head, foot);
    if (each.url) {
      inside.setAttribute("role", "button");
      inside.tabIndex = 0;
    }
    return { domNodes: [inside] };
  };

  const events = () => [
    ...feed.background.map((each, number) => ({
      id: `background-${number}`,
      start: each.start,
      end: each.end,
      resourceIds: [each.resource],
      display: "background",
      classNames: [each.kind === "shut" ? "cal-shut" : "cal-buffer"],
    })),
    ...feed.events.map((each) => ({
      id: each.id,
      start: each.start,
      end: each.end,
      resourceIds: [each.resource],
      title: each.title,
      startEditable: each.movable,
      durationEditable: each.movable,
      classNames: ["cal-event", classOf(each), ...(each.movable ? ["cal-movable"] : [])],
    })),
  ];

  const resources = () =>
    feed.resources.map((each) => ({ id: each.id, title: each.note ? `${each.title} (${each.note})` : each.title }));

  // What a drop asks for. What stays is not said: on the night on which an hour comes twice it stays what it was.
  const wanted = (info, isResize) => {
    const each = byId(info.oldEvent?.id ?? info.event.id);
    const fields = new URLSearchParams({ version: each.version });
    const begun = info.event.start - info.oldEvent.start;
    const resource = info.newResource?.id ?? info.event.resourceIds[0] ?? each.resource;
    if (resource !== each.resource) fields.set("resource", resource);
    if (begun) {
      const start = shifted(each.start, begun);
      fields.set("day", start.slice(0, 10));
      fields.set("time", start.slice(11, 16));
    }
    if (isResize) fields.set("until", shifted(each.end, info.event.end - info.oldEvent.end));
    return `${each.url}?${fields}`;
  };

  const dropped = (isResize) => (info) => {
    pending = true;
    clearTimeout(standing);
    hint.textContent = "";
    open({
      url: wanted(info, isResize),
      opener: opened(info.event.id),
      closed: (isDone) => {
        pending = false;
        if (!isDone) info.revert();
      },
    });
  };

  // While it is dragged: a moment of standing still is a question, and the server's answer stands below.
  const hovering = (isResize) => (info) => {
    const url = wanted(info, isResize);
    clearTimeout(standing);
    standing = setTimeout(async () => {
      const mine = ++asked;
      try {
        const response = await fetch(url, { headers: { "X-Part": "hint" } });
        if (!response.ok || !(response.headers.get("Content-Type") ?? "").includes("json")) return;
        const answer = await response.json();
        if (mine !== asked || !dragging) return;
        hint.textContent = answer.fits ? answer.says : `${says.saysWay} ${answer.says}`;
        hint.classList.toggle("cal-hint-refused", !answer.fits);
      } catch {
        // The dialog will say it.
      }
    }, 200);
    return true;
  };

  const quiet = () => {
    hint.textContent = "";
    hint.classList.remove("cal-hint-refused");
  };

  const stopped = () => {
    dragging = false;
    asked += 1;
    clearTimeout(standing);
    quiet();
  };

  const chosen = (info) => {
    const start = info.startStr.slice(0, 16);
    const end = info.endStr.slice(0, 16);
    const resource = info.resource?.id ?? feed.resources[0]?.id;
    const book = new URLSearchParams({ resource, day: start.slice(0, 10), time: start.slice(11), until: end });
    const block = new URLSearchParams({
      resource,
      first_day: start.slice(0, 10),
      first_time: start.slice(11),
      last_day: end.slice(0, 10),
      last_time: end.slice(11),
    });
    const inside = element("div");
    const heading = element("h2", "text-xl font-bold", says.saysChoose);
    heading.id = "dialog-heading";
    const name = feed.resources.find((each) => each.id === resource)?.title ?? "";
    const row = element("div", "mt-4 flex flex-wrap gap-3");
    const button = (label, classes, url) => {
      const made = element("button", `btn ${classes}`, label);
      made.type = "button";
      if (url) made.addEventListener("click", () => document.dispatchEvent(new CustomEvent("calendar:next", { detail: { url } })));
      else made.dataset.close = "";
      row.append(made);
    };
    button(says.saysBook, "btn-primary", `${says.book}?${book}`);
    button(says.saysBlock, "", `${says.block}?${block}`);
    button(says.saysClose, "btn-ghost", "");
    inside.append(heading, element("p", "mt-1 quiet", `${name} · ${start.slice(11)} – ${end.slice(11)}`), row);
    open({ inside, closed: () => calendar.unselect() });
  };

  const view = () => {
    if (feed.view === "week") return feed.resources.length === 1 ? "timeGridWeek" : "resourceTimelineWeek";
    return feed.view === "columns" || isNarrow ? "resourceTimeGridDay" : "resourceTimelineDay";
  };

  // A little before now where today is shown; else from the first hour on.
  const scrolled = () => {
    const offset = (feed.offset[0] === "-" ? -1 : 1) * (Number(feed.offset.slice(1, 3)) * 60 + Number(feed.offset.slice(4)));
    const wall = new Date(Date.parse(feed.now) + (offset - 60) * MINUTE).toISOString();
    const minutes = Math.floor((Date.parse(wall) - Date.parse(feed.first)) / MINUTE);
    // The last shift may pass midnight: its hours are counted on.
    const shown = [minutes / 60, minutes % 60].map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");
    return feed.days === 1 && shown > feed.from && shown < feed.until ? shown : feed.from;
  };

  // Its tables are none: what stands in them lies beside their cells. Everything names its resource itself instead.
  const plainer = () => {
    for (const each of root.querySelectorAll("[role]:not(.cal-open)")) each.removeAttribute("role");
    for (const each of root.querySelectorAll("article[tabindex]")) each.removeAttribute("tabindex");
    root.querySelectorAll("[aria-colindex], [aria-colspan]").forEach((each) => {
      each.removeAttribute("aria-colindex");
      each.removeAttribute("aria-colspan");
    });
    const scrolls = root.querySelector(".ec-main");
    scrolls.tabIndex = 0;
    scrolls.setAttribute("role", "region");
    scrolls.setAttribute("aria-label", document.querySelector("h1").textContent);
  };

  const draw = () => {
    const which = view();
    const isTimeline = which.startsWith("resourceTimeline");
    document.querySelector("[data-plain]").hidden = true;
    root.hidden = false;
    calendar = window.EventCalendar.create(root, {
      view: which,
      date: feed.first,
      timeZone: feed.offset,
      locale: says.locale,
      firstDay: feed.firstDay,
      headerToolbar: { start: "", center: "", end: "" },
      allDaySlot: false,
      nowIndicator: true,
      height: isTimeline ? undefined : "min(80vh, 60rem)",
      columnWidth: isNarrow ? (which === "timeGridWeek" ? "5.5rem" : "9rem") : which === "resourceTimeGridDay" ? "minmax(8rem, 1fr)" : undefined,
      slotMinTime: feed.from,
      slotMaxTime: feed.until,
      scrollTime: scrolled(),
      slotDuration: which === "resourceTimelineWeek" ? "01:00" : "00:30",
      slotLabelInterval: "01:00",
      snapDuration: "00:15",
      slotWidth: which === "resourceTimelineWeek" ? 28 : 42,
      slotHeight: 30,
      slotEventOverlap: false,
      resources: resources(),
      events: events(),
      eventContent: content,
      eventDidMount: ({ el, event }) => {
        el.dataset.id = event.id;
        el.removeAttribute("role");
        el.removeAttribute("tabindex");
      },
      eventClick: ({ event }) => {
        const each = byId(event.id);
        if (each?.url) open({ url: each.url, opener: opened(event.id) });
      },
      editable: feed.runs,
      selectable: feed.runs,
      selectMinDistance: 8,
      select: chosen,
      unselectCancel: "dialog",
      eventDragStart: () => (dragging = true),
      eventResizeStart: () => (dragging = true),
      eventDragStop: stopped,
      eventResizeStop: stopped,
      dragConstraint: hovering(false),
      resizeConstraint: hovering(true),
      eventDrop: dropped(false),
      eventResize: dropped(true),
      eventAllUpdated: plainer,
      viewDidMount: plainer,
      longPressDelay: 500,
    });
    plainer();
  };

  // Others' changes: only events are exchanged, so what is scrolled to and what has the focus stay.
  const update = (fresh) => {
    const sameShape = ["from", "until", "view", "runs"].every((name) => fresh[name] === feed[name]);
    const sameRows = JSON.stringify(fresh.resources) === JSON.stringify(feed.resources);
    const focused = root.contains(document.activeElement) && document.activeElement.closest("[data-id]")?.dataset.id;
    feed = fresh;
    if (!sameShape) {
      calendar.setOption("slotMinTime", feed.from);
      calendar.setOption("slotMaxTime", feed.until);
      calendar.setOption("editable", feed.runs);
      calendar.setOption("selectable", feed.runs);
    }
    if (!sameRows) calendar.setOption("resources", resources());
    calendar.setOption("events", events());
    if (!focused) return;
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        const again = opened(focused);
        if (again && !root.contains(document.activeElement)) again.focus({ preventScroll: true });
      }),
    );
  };

  const look = async () => {
    try {
      const headers = tag ? { "If-None-Match": tag } : {};
      const response = await fetch(says.feed, { headers, cache: "no-store" });
      if (failures >= LATE) quiet();
      failures = 0;
      if (response.status === 304) return;
      if (response.redirected || !response.ok) {
        if (response.redirected) location.reload();
        return;
      }
      const fresh = await response.json();
      if (dragging || pending) return; // the next look brings it
      tag = response.headers.get("ETag") ?? "";
      ahead = Date.now() - Date.parse(fresh.now);
      if (calendar) {
        update(fresh);
      } else {
        feed = fresh;
        draw();
      }
    } catch {
      failures += 1;
      if (failures !== LATE) return;
      hint.textContent = says.saysLate;
      hint.classList.add("cal-hint-refused");
    }
  };

  const failed = (text) => {
    const line = element("div", "cal-said cal-failed");
    line.setAttribute("role", "alert");
    toast.replaceChildren(line);
    line.append(element("p", "", text)); // what comes into an alert that is there already is read out
  };

  const said = (text, undo) => {
    toast.replaceChildren();
    const line = element("div", "cal-said");
    line.append(element("p", "", text));
    if (undo) {
      const button = element("button", "btn btn-sm", says.saysUndo);
      button.type = "button";
      button.dataset.undo = "";
      button.addEventListener("click", () => takeBack(undo));
      line.append(button);
      setTimeout(() => button.remove(), 5 * MINUTE);
    }
    toast.append(line);
  };

  const takeBack = async (undo) => {
    const body = new FormData();
    body.set("undo", undo);
    body.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    try {
      const response = await fetch(says.undo, { method: "POST", body, headers: { "X-Part": "1" } });
      const answer = await response.json();
      (answer.done ? said : failed)(answer.said ?? says.saysFailed);
    } catch {
      failed(says.saysFailed);
    }
    look();
  };

  document.addEventListener("calendar:done", ({ detail }) => {
    said(detail.said, detail.undo);
    look();
  });
  document.addEventListener("calendar:failed", ({ detail }) => failed(detail.said));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());

  setInterval(() => document.visibilityState === "visible" && !dragging && !pending && look(), EVERY);
  setInterval(() => {
    for (const counted of root.querySelectorAll("[data-until]")) {
      const rest = left(counted.dataset.until);
      counted.textContent = clock(rest);
      if (!rest) counted.removeAttribute("data-until");
    }
  }, 1000);
  look();
});
