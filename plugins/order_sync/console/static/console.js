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
