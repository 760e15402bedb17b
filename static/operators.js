// Unfold's frame has no landmarks for what lies outside the content, and buttons that only a mouse presses.
window.addEventListener("load", () => {
  const german = document.documentElement.lang.startsWith("de");
  const header = document.getElementById("header-inner");
  if (header) header.setAttribute("role", "banner");
  const outside = [...document.querySelectorAll("#main > div")].filter(
    (part) => part.textContent.trim() && !part.querySelector("main, #header-inner"),
  );
  outside.forEach((part, number) => {
    part.setAttribute("role", "region");
    part.setAttribute("aria-label", `${german ? "Unter dem Inhalt" : "Below the content"} ${number + 1}`);
  });
  document.querySelectorAll(".simplebar-content-wrapper[role=region]").forEach((place, number) => {
    place.setAttribute("aria-label", `${german ? "Bereich" : "Area"} ${number + 1}`);
  });
  for (const button of document.querySelectorAll("span.material-symbols-outlined")) {
    if (!button.hasAttribute("x-on:click") || button.closest("a, button")) continue;
    button.setAttribute("role", "button");
    button.tabIndex = 0;
    button.setAttribute("aria-label", german ? "Menü" : "Menu");
    button.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      button.click();
    });
  }
});
