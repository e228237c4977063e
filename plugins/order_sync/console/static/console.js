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

// Enter presses the button behind a field that says so, and none where a form has several: of those, browsers press the first that can be.
document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || event.isComposing || !field.matches("input")) return;
  if ("enter" in field.dataset) field.nextElementSibling.click();
  else if (field.type !== "checkbox" || !field.form?.querySelector("[data-no-enter]")) return;
  event.preventDefault();
});

// One menu is open at a time; a click beside it and Escape close it.
function closeMenus(but) {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== but) menu.open = false;
}
document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (!menu) return;
  if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
  closeMenus();
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
  const rowsAtFirst = new Map();
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
    const place = one.querySelector("[data-rows]");
    if (place) return rowsOf(place) !== rowsAtFirst.get(place);
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

  for (const place of form.querySelectorAll("[data-rows]")) {
    rows(place);
    rowsAtFirst.set(place, rowsOf(place));
  }
  // What is blank in a row need not be sent: a form takes a thousand fields.
  form.addEventListener("formdata", (event) => {
    const sent = [...event.formData.entries()];
    for (const [name] of sent) event.formData.delete(name);
    for (const [name, value] of sent) if (value || !/\.\d+\./.test(name)) event.formData.append(name, value);
  });
  // What was tried stands under the page's address, and can be come back to; all else that was entered is lost.
  const isKept = new URL(window.location.href).searchParams.has("draft");
  let isLeft = false;
  form.addEventListener("submit", () => { isLeft = true; });
  form.querySelector("[data-discard]")?.addEventListener("click", () => { isLeft = true; });
  window.addEventListener("beforeunload", (event) => {
    const lost = (one) => holds(one) || (!isKept && one.querySelector(".badge"));
    if (!isLeft && [...form.querySelectorAll(".setting")].some(lost)) event.preventDefault();
  });
  form.addEventListener("input", () => { unfold(); count(); });
  unfold();
  count();
  const asked = window.location.hash.slice(1);
  show(panels.some((one) => one.dataset.panel === asked) ? asked : form.elements.tab.value);
}

// Rows of fields, of which one is added, moved, or removed. The blank row that the page has for whoever runs no script is what new ones are
// made of; their order in the page is their order in the settings.
function rows(place) {
  const list = place.querySelector("[data-list]");
  const blank = list.querySelector("[data-blank]");
  const add = place.querySelector("[data-add]");
  if (!blank) return; // of somebody who may not change them
  let next = Number(blank.dataset.row);
  const begins = `${place.dataset.rows}.${next}`;
  blank.remove();
  for (const buttons of [add, blank.querySelector("[data-buttons]"), ...list.querySelectorAll("[data-buttons]")]) buttons.hidden = false;

  function tell() {
    [...list.children].forEach((row, at, all) => {
      const number = row.querySelector("[data-number]");
      if (number) number.textContent = at + 1;
      row.setAttribute("aria-label", `${place.dataset.called}, ${at + 1}`);
      for (const button of row.querySelectorAll("[data-move]")) {
        button.disabled = button.dataset.move === "up" ? at === 0 : at === all.length - 1;
      }
    });
    place.dispatchEvent(new Event("input", { bubbles: true }));
  }
  // A rule without conditions is for anything else, if there may be such a one.
  function head() {
    for (const told of list.querySelectorAll("[data-else]")) {
      const fields = [...told.closest("[data-row]").querySelectorAll("input, select, textarea")].filter(isFilled);
      told.textContent = fields.length && fields.every((field) => field.closest("[data-then]")) ? told.dataset.else : "When";
    }
  }
  list.addEventListener("input", head);
  function named(row) {
    for (const one of row.querySelectorAll("*")) {
      for (const { name, value } of [...one.attributes]) {
        if (["name", "id", "for", "aria-describedby"].includes(name)) one.setAttribute(name, value.replace(begins, `${place.dataset.rows}.${next}`));
      }
    }
    next += 1;
    delete row.dataset.blank;
    return row;
  }
  add.addEventListener("click", () => {
    const row = named(blank.cloneNode(true));
    const last = list.lastElementChild?.querySelector("[data-else]");
    if (last && last.textContent === last.dataset.else) list.lastElementChild.before(row); else list.append(row);
    tell();
    row.querySelector("input, select, textarea").focus();
  });
  list.addEventListener("click", (event) => {
    const row = event.target.closest("[data-row]");
    const move = event.target.closest("[data-move]");
    if (move) {
      if (move.dataset.move === "up") row.previousElementSibling.before(row); else row.nextElementSibling.after(row);
      tell();
      (move.disabled ? row.querySelector("[data-move]:not(:disabled)") : move)?.focus();
    } else if (event.target.closest("[data-remove]")) {
      const beside = row.nextElementSibling || row.previousElementSibling;
      row.remove();
      tell();
      (beside?.querySelector("[data-remove]") || add).focus();
    }
  });
  tell();
}

// What stands in rows, in one text; those that are blank count for nothing.
function rowsOf(place) {
  const said = [...place.querySelectorAll("[data-row]")].map((row) =>
    [...row.querySelectorAll("input, textarea, select")].map((field) => isFilled(field) ? field.value : ""));
  return JSON.stringify(said.filter((row) => row.some((text) => text)));
}

function isFilled(field) {
  return field.type === "checkbox" ? field.checked : field.value !== "";
}
