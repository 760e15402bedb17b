// The time that is left to finish a booking: seen every second, read out at 5 minutes, 1 minute and the end.
document.addEventListener("DOMContentLoaded", () => {
  const line = document.getElementById("countdown");
  if (!line) return;
  const [seen, heard] = line.children;
  const { minutes, minute, over } = line.dataset;
  const ends = performance.now() + Number(line.dataset.seconds) * 1000;
  let said = "";

  const words = (seconds) => {
    if (seconds <= 0) return over;
    return seconds < 60 ? minute : minutes.replace("#", String(Math.ceil(seconds / 60)));
  };

  const tick = () => {
    const left = Math.max(0, Math.round((ends - performance.now()) / 1000));
    const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    seen.textContent = left ? clock : over;
    const milestone = [300, 60, 0].find((mark) => left <= mark && left > mark - 5);
    if (milestone !== undefined && said !== words(left)) {
      said = words(left);
      heard.textContent = said;
    }
    if (left) setTimeout(tick, 1000);
  };

  line.hidden = false;
  tick();
});
