// What somebody types about themselves: it is there again when they choose another time, and, if they say so, the next
// time on this device. Nothing of it is sent anywhere before the form is.
document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("who");
  if (!form) return;
  const SHORT = ["name", "email", "phone"];
  const LONG = [...SHORT, "notes", "people"];
  const DRAFT = "forecourt-draft";
  const KEPT = "forecourt-who";

  // Storage may be forbidden, or full: then nothing is remembered.
  const read = (store, key) => {
    try {
      return JSON.parse(store().getItem(key)) || {};
    } catch {
      return {};
    }
  };

  const write = (store, key, value) => {
    try {
      if (value) store().setItem(key, JSON.stringify(value));
      else store().removeItem(key);
    } catch {
      // See above.
    }
  };

  const here = () => localStorage;
  const now = () => sessionStorage;
  const typed = (names) => Object.fromEntries(names.map((name) => [name, form.elements[name]?.value || ""]));

  const fill = (values, names) => {
    for (const name of names) {
      const field = form.elements[name];
      if (field && !field.value && typeof values[name] === "string") field.value = values[name];
    }
  };

  fill(read(now, DRAFT), LONG);
  // Where signal is poor, somebody types before this script is there. And a form that came back with errors was sent,
  // and its draft forgotten. Whoever leaves now finds all of it again.
  const isTyped = LONG.some((name) => form.elements[name] && form.elements[name].value !== form.elements[name].defaultValue);
  if (isTyped || form.querySelector("[role=alert]")) write(now, DRAFT, typed(LONG));
  form.addEventListener("input", (event) => LONG.includes(event.target.name) && write(now, DRAFT, typed(LONG)));

  const label = document.getElementById("remember");
  const box = label?.querySelector("input");
  if (box) {
    const kept = read(here, KEPT);
    fill(kept, SHORT);
    if (box.checked) write(here, KEPT, typed(SHORT)); // before this script was there
    else box.checked = Boolean(kept.name || kept.email);
    box.addEventListener("change", () => {
      write(here, KEPT, box.checked ? typed(SHORT) : null);
      if (!box.checked) write(now, DRAFT, null);
    });
  }

  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented || ["update", "more_time"].includes(event.submitter?.name)) return;
    if (box?.checked) write(here, KEPT, typed(SHORT));
    write(now, DRAFT, null);
  });
});
