// What browsers do not do by themselves: a link that opens a dialog, a form that is sent once, time that runs out, and a plan that is followed.
"use strict";

for (const link of document.querySelectorAll("[data-opens]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById(link.dataset.opens).showModal();
  });
}
for (const button of document.querySelectorAll("[data-closes]")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}

for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    // What is answered with a file leaves the page where it is.
    if (!("again" in form.dataset)) form.dataset.sent = "yes";
  });
}
// Whoever comes back to a page by the browser's own button may send its forms again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

for (const timer of document.querySelectorAll("[data-left]")) count(timer);

// By the computer's clock and not by its ticks: a laptop that slept has used the time up.
function count(timer) {
  const end = Date.now() + 1000 * timer.dataset.left;
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    timer.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (left === 0) lapse(timer.closest("[data-lapses]"));
    else setTimeout(tick, 250);
  };
  tick();
}

// What is over goes: to the page that says so, or in place.
function lapse(part) {
  if (part.dataset.lapses) location.replace(part.dataset.lapses);
  else {
    for (const one of part.querySelectorAll("[data-until-then]")) one.remove();
    for (const one of part.querySelectorAll("[data-afterwards]")) one.hidden = false;
  }
}

for (const plan of document.querySelectorAll("[data-plan]")) follow(plan);

function follow(plan) {
  const tier = plan.querySelector("[data-tier]");
  const override = plan.querySelector("[data-override]");
  if (!override) return;
  const parts = [...plan.querySelectorAll("[data-part]")];
  const said = plan.querySelector("[data-touched]");
  const hint = plan.querySelector("[data-hint]");

  const told = () => JSON.parse(tier.selectedOptions[0].dataset.told);
  const differs = (of) => parts.some((part) => (part.type === "checkbox" ? part.checked : part.value.trim()) !== of[part.name]);
  let touched = differs(told());

  const fill = () => {
    const of = told();
    for (const part of parts) {
      if (part.type === "checkbox") part.checked = of[part.name];
      else part.value = of[part.name];
    }
  };
  const show = () => {
    said.hidden = !touched;
    hint.hidden = override.checked;
  };
  tier.addEventListener("change", () => {
    if (!touched) fill();
    show();
  });
  for (const part of parts) {
    part.addEventListener("input", () => {
      touched = true;
      show();
    });
  }
  override.addEventListener("change", show);
  plan.querySelector("[data-back]").addEventListener("click", () => {
    touched = false;
    fill();
    show();
    tier.focus();
  });
  // Without the tick nothing of it leaves the page; the server would not look at it either.
  plan.closest("form").addEventListener("formdata", (event) => {
    if (override.checked) return;
    for (const part of parts) event.formData.delete(part.name);
  });
  show();
}
