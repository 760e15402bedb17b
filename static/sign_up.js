// Signing up: the address is made of the name until somebody types one, and looked up while they do. The zone is the
// browser's, the currency the zone's, until somebody chooses. Without any of this the form says all of it by itself.
// Where signal is poor, somebody types before this is there: what is in the form by then is theirs, and looked up.
const form = document.querySelector("[data-sign-up]");
const field = (name) => form.elements.namedItem(name);
const answer = document.getElementById("address-answer");
const isTyped = (name) => field(name).value !== field(name).defaultValue;
const isChosen = ![...field("currency").selectedOptions].every((option) => option.defaultSelected);
const isOwn = { slug: field("slug").value !== "", currency: isChosen };
const isFresh = form.querySelector("[role=alert]") === null && !isTyped("time_zone");
const PAUSE = 350;
let waiting;

const look = () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => answer.dispatchEvent(new Event("looked")), PAUSE);
};

field("name").addEventListener("input", () => {
  if (isOwn.slug) return;
  field("slug").value = "";
  look();
});
field("slug").addEventListener("input", () => {
  isOwn.slug = field("slug").value !== "";
  look();
});
document.addEventListener("htmx:load", ({ target }) => {
  if (target === document.body && (isTyped("name") || isTyped("slug"))) look();
});
answer.addEventListener("htmx:afterSwap", () => {
  const proposed = answer.querySelector("[data-proposed]")?.dataset.proposed;
  if (proposed && !isOwn.slug) field("slug").value = proposed;
});
answer.addEventListener("click", ({ target }) => {
  const taken = target.closest?.("[data-take]")?.dataset.take;
  if (!taken) return;
  field("slug").value = taken;
  isOwn.slug = true;
  field("slug").focus();
  look();
});

const suggestCurrency = () => {
  const zone = field("time_zone").value;
  const option = [...document.getElementById("zones").options].find((each) => each.value === zone);
  if (option && !isOwn.currency) field("currency").value = option.dataset.currency;
};
field("currency").addEventListener("change", () => {
  isOwn.currency = true;
});
field("time_zone").addEventListener("change", suggestCurrency);

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (isFresh && zone !== "UTC" && [...document.getElementById("zones").options].some((each) => each.value === zone)) {
  field("time_zone").value = zone;
  suggestCurrency();
}
