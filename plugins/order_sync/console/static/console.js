"use strict";
// The theme is Airflow's, which keeps it in this browser's storage; where it says nothing, the system's.
(function () {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  function follow() {
    let chosen = null;
    try { chosen = window.localStorage.getItem("theme"); } catch (_) { /* no storage for this frame */ }
    const theme = chosen === "dark" || chosen === "light" ? chosen : dark.matches ? "dark" : "light";
    document.documentElement.setAttribute("data-bs-theme", theme);
  }
  follow();
  dark.addEventListener("change", follow);
  window.addEventListener("storage", follow);
})();

// Airflow shows the console in a frame that may neither leave Airflow's page nor open another: that page follows such links for us.
document.addEventListener("click", function (event) {
  const link = event.target.closest("a[target]");
  if (!link || window.parent === window) return;
  const outside = window.parent.document.createElement("a");
  Object.assign(outside, { href: link.href, target: link.target, rel: link.rel });
  window.parent.document.body.append(outside);
  outside.click();
  outside.remove();
  event.preventDefault();
});

document.addEventListener("DOMContentLoaded", function () {
  for (const form of document.querySelectorAll("[data-store-chooser]")) {
    form.addEventListener("change", () => { window.location.href = form.elements.store.value; });
  }
  for (const form of document.querySelectorAll("[data-selection]")) selection(form);
  for (const place of document.querySelectorAll("[data-live]")) follow(place);
  for (const form of document.querySelectorAll("[data-settings]")) settings(form);
  for (const button of document.querySelectorAll("[data-apply-columns]")) {
    button.addEventListener("click", () => {
      const chosen = [...document.querySelectorAll("[data-column]:checked")].map((box) => box.dataset.column);
      const address = new URL(window.location.href);
      address.searchParams.set("columns", chosen.join(","));
      window.location.href = address.href;
    });
  }
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = "Copied";
    });
  }
});

// While a run works, its place in the page is read again every few seconds, alone; once none works any more, all of the page is.
function follow(place) {
  if (!place.querySelector("[data-running]")) return;
  const address = new URL(window.location.href);
  address.searchParams.set("part", "runs");
  const again = () => window.setTimeout(look, 3000);
  async function look() {
    if (document.hidden) return again();
    let answer = null;
    try { answer = await fetch(address.href, { headers: { Accept: "text/plain" } }); } catch (_) { return again(); }
    if (!answer.ok) return; // logged out, or not allowed any more: the page itself will say so
    const held = place.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    const read = new DOMParser().parseFromString(await answer.text(), "text/html");
    place.replaceChildren(...read.body.childNodes);
    if (held) [...place.querySelectorAll("a")].find((link) => link.getAttribute("href") === held)?.focus();
    if (place.querySelector("[data-running]")) again();
    else if (!document.querySelector("input:focus, textarea:focus")) window.location.reload();
  }
  again();
}

function selection(form) {
  const bar = form.querySelector(".selection");
  const all = form.querySelector("[data-all]");
  const boxes = [...form.querySelectorAll("input[name=order]")];
  if (!bar) return;
  function tell() {
    const ticked = boxes.filter((box) => box.checked);
    bar.hidden = ticked.length === 0;
    bar.querySelector("[data-selected]").textContent = `${ticked.length} selected`;
    bar.querySelector("[data-sum]").textContent = `· ${sums(ticked)}`;
    all.checked = ticked.length > 0 && ticked.length === boxes.length;
  }
  all.addEventListener("change", () => { boxes.forEach((box) => { box.checked = all.checked; }); tell(); });
  boxes.forEach((box) => box.addEventListener("change", tell));
  tell();
}

// The sums of what is ticked, by currency; amounts are summed in the smallest unit, and written with the places that the page has.
function sums(ticked) {
  const found = new Map();
  for (const box of ticked) {
    const [figure, currency] = box.dataset.amount.split(" ");
    if (!currency) continue;
    const places = (figure.split(".")[1] || "").length;
    const known = found.get(currency) || { minor: 0, places };
    found.set(currency, { minor: known.minor + Number(box.dataset.minor), places });
  }
  return [...found].map(([currency, one]) =>
    `${(one.minor / 10 ** one.places).toLocaleString("en-US", { minimumFractionDigits: one.places })} ${currency}`).join(", ");
}

// The settings: one tab at a time, and what belongs to a choice only where that is chosen. Without this script all of it is shown.
function settings(form) {
  const tabs = [...form.querySelectorAll("[data-tab]")];
  const panels = [...form.querySelectorAll("[data-panel]")];
  function show(name) {
    for (const tab of tabs) {
      tab.classList.toggle("active", tab.dataset.tab === name);
      if (tab.dataset.tab === name) tab.setAttribute("aria-current", "true"); else tab.removeAttribute("aria-current");
    }
    for (const panel of panels) panel.hidden = panel.dataset.panel !== name;
    form.elements.tab.value = name;
  }
  for (const tab of tabs) tab.addEventListener("click", (event) => { event.preventDefault(); show(tab.dataset.tab); });

  function valueOf(key) {
    const named = form.elements[key];
    if (!named) return "";
    const field = named instanceof RadioNodeList ? named[named.length - 1] : named;
    return field.type === "checkbox" ? (field.checked ? "on" : "off") : field.value;
  }
  function unfold() {
    for (const one of form.querySelectorAll("[data-when]")) {
      const fits = one.dataset.is.split("|").includes(valueOf(one.dataset.when));
      one.hidden = !fits && !("keep" in one.dataset) && !holds(one);
    }
    for (const group of form.querySelectorAll("[data-group]")) {
      group.hidden = [...group.querySelectorAll(".setting")].every((one) => one.hidden);
    }
  }
  // What somebody entered stays in sight, whatever is chosen beside it: it would count, or be refused.
  function holds(one) {
    return [...one.querySelectorAll("input, textarea, select")].some((field) => isChanged(field));
  }
  function isChanged(field) {
    if (field.type === "hidden") return false;
    if (field.type === "checkbox") return field.checked !== field.defaultChecked;
    if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
    const first = [...field.options].find((option) => option.defaultSelected) || field.options[0];
    return !!first && !first.selected;
  }
  function count() {
    for (const tab of tabs) {
      const panel = panels.find((one) => one.dataset.panel === tab.dataset.tab);
      const number = [...panel.querySelectorAll(".setting")].filter((one) => holds(one) || one.querySelector(".badge")).length;
      const told = tab.querySelector("[data-count]");
      told.hidden = number === 0;
      told.textContent = number === 1 ? "1 change" : `${number} changes`;
    }
  }
  // While a plan is made, its card is asked for again; what is entered beside it stays.
  async function lookAgain() {
    const card = form.querySelector("[data-trial]");
    if (!card || !card.dataset.again) return;
    await new Promise((done) => setTimeout(done, Number(card.dataset.again)));
    const answer = await fetch(window.location.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-trial]");
    if (answer.ok && fresh) card.replaceWith(document.importNode(fresh, true));
    lookAgain();
  }
  lookAgain();

  form.addEventListener("input", () => { unfold(); count(); });
  unfold();
  count();
  const asked = window.location.hash.slice(1);
  show(panels.some((one) => one.dataset.panel === asked) ? asked : form.elements.tab.value);
}
