// Whoever looks from another time zone gets both times said: the venue's, which counts, and their own beside it.
// <time datetime="2026-11-28T17:00:00+00:00" data-zone="Europe/Berlin">18:00</time>; words: parts/zone_note.html.
(() => {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  // As the visitor's country writes times, if that is the language of the page: 19:00 in Britain, 7:00 pm elsewhere.
  const { lang } = document.documentElement;
  const spoken = navigator.languages.find((each) => each.split("-")[0] === lang) || lang || undefined;

  const said = (instant, zone, parts) => {
    try {
      return new Intl.DateTimeFormat(spoken, { ...parts, timeZone: zone }).format(instant);
    } catch {
      return ""; // a zone that this browser does not know
    }
  };

  const TIME = { hour: "numeric", minute: "2-digit" };
  const DAY = { weekday: "short", day: "numeric", month: "short" };

  // The visitor's wall time at an instant, with the day where that is another one; nothing where both clocks agree.
  const elsewhere = (instant, zone) => {
    const there = said(instant, zone, { ...DAY, ...TIME });
    const here = said(instant, own, { ...DAY, ...TIME });
    if (!own || !there || !here || there === here) return "";
    return said(instant, zone, DAY) === said(instant, own, DAY) ? said(instant, own, TIME) : here;
  };

  const tell = () => {
    const note = document.querySelector("[data-zone-note]");
    if (!note) return;
    const at = new Date(note.dataset.at);
    if (note.hidden && !Number.isNaN(at.getTime()) && elsewhere(at, note.dataset.zoneNote)) {
      note.textContent = note.dataset.said.replace("{zone}", own.replaceAll("_", " "));
      note.hidden = false;
    }
    for (const time of document.querySelectorAll("time[datetime][data-zone]:not([data-told])")) {
      time.dataset.told = "yes";
      const instant = new Date(time.dateTime);
      const theirs = Number.isNaN(instant.getTime()) ? "" : elsewhere(instant, time.dataset.zone);
      if (!theirs) continue;
      const beside = document.createElement("span");
      beside.className = "zone-own";
      beside.textContent = ` ${note.dataset.yours.replace("{time}", theirs)}`;
      time.append(beside);
    }
  };

  tell();
  document.addEventListener("htmx:afterSwap", tell);
})();
