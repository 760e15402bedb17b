// The time that is left to finish a booking: seen every second, read out at 10, 5, 2 and 1 minutes and at the end. What
// counts is the server's clock: it is asked whenever this device may have slept or somebody was elsewhere meanwhile.
document.addEventListener("DOMContentLoaded", () => {
  const line = document.getElementById("countdown");
  if (!line) return;
  const MARKS = [600, 300, 120, 60];
  const [seen, heard] = line.children;
  const words = line.dataset;
  const more = document.getElementById("more-time");
  let canHaveMore = Boolean(more);
  let ends = performance.now() + Number(words.seconds) * 1000;
  let said = 0;
  let timer;
  let isLeaving = false;

  const paying = () => document.querySelector("form[data-sending]");
  const left = () => Math.max(0, Math.round((ends - performance.now()) / 1000));

  const ask = async () => {
    try {
      const answer = await fetch(words.time, { cache: "no-store", headers: { Accept: "application/json" } });
      return answer.ok ? await answer.json() : null;
    } catch {
      return null;
    }
  };

  // The page as the server has it now, with what was typed kept there for the next choice.
  const leave = async () => {
    if (isLeaving || paying()) return;
    isLeaving = true;
    const form = document.getElementById("who");
    if (form) {
      const body = new FormData(form);
      body.set("update", "1");
      await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => {});
    }
    location.replace(words.page);
  };

  const tell = (seconds) => {
    const mark = MARKS.find((each) => seconds <= each && seconds > each - 5);
    if (seconds && !mark) return;
    const about = seconds ? mark : -1;
    if (said === about) return;
    said = about;
    if (!seconds) heard.textContent = words.over;
    else heard.textContent = mark === 60 ? words.minute : words.minutes.replace("#", String(mark / 60));
  };

  const tick = () => {
    clearTimeout(timer);
    const seconds = left();
    seen.textContent = seconds ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` : words.over;
    tell(seconds);
    if (more) more.classList.toggle("without-script", !canHaveMore || seconds > 120 || !seconds);
    timer = seconds ? setTimeout(tick, 1000) : setTimeout(finish, 500);
  };

  const told = ({ seconds, more: isMore }) => {
    ends = performance.now() + seconds * 1000;
    canHaveMore = isMore;
    tick();
  };

  const finish = async () => {
    const now = await ask();
    if (now && now.state === "held" && now.seconds) told(now);
    else if (now && !paying()) leave();
    else timer = setTimeout(finish, 3000);
  };

  const look = async () => {
    if (document.hidden || isLeaving) return;
    const now = await ask();
    if (!now) return;
    if (now.state === "held" && now.seconds) told(now);
    else leave();
  };

  more?.querySelector("button").addEventListener("click", async (event) => {
    event.preventDefault();
    const body = new FormData();
    body.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    try {
      const answer = await fetch(words.more, { method: "POST", body, headers: { Accept: "application/json" } });
      const now = await answer.json();
      said = 0;
      told(now);
      // What the page said of the old end is not true any more.
      for (const stale of document.querySelectorAll("[data-until]")) stale.hidden = true;
      heard.textContent = now.more ? now.detail : words.extended.replace("#", String(Math.round(now.seconds / 60)));
      line.focus();
    } catch {
      look();
    }
  });

  document.addEventListener("visibilitychange", look);
  window.addEventListener("online", look);
  window.addEventListener("pageshow", (event) => event.persisted && look());
  line.hidden = false;
  tick();
});
