// Shows what a selection of repositories would do, a moment after it was changed.
"use strict";
const PAUSE = 700;
const form = document.querySelector("[data-preview]");
let waiting = 0;
let asked = null;

function replaceParts(page) {
  for (const part of form.querySelectorAll("[data-preview-part]")) {
    const fresh = page.querySelector(`[data-preview-part="${part.dataset.previewPart}"]`);
    if (fresh && fresh.innerHTML !== part.innerHTML) part.replaceChildren(...fresh.childNodes);
  }
  const expression = document.getElementById("jmespath");
  const isWrong = Boolean(document.getElementById("jmespath-mistake"));
  expression.closest(".field").classList.toggle("wrong", isWrong);
  expression.setAttribute("aria-invalid", String(isWrong));
  expression.setAttribute("aria-describedby", isWrong ? "jmespath-hint jmespath-mistake" : "jmespath-hint");
}

async function preview() {
  asked?.abort();
  asked = new AbortController();
  const typed = new URLSearchParams(new FormData(form));
  typed.set("part", "outcome");
  try {
    const answer = await fetch(form.dataset.preview, {
      method: "POST",
      body: typed,
      credentials: "same-origin",
      redirect: "error",
      signal: asked.signal,
    });
    replaceParts(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch (error) {
    if (error.name !== "AbortError") form.querySelector("[data-preview-button]").hidden = false;
  }
}

function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(preview, PAUSE);
}

if (form) {
  form.querySelector("[data-preview-button]").hidden = true;
  form.addEventListener("input", (event) => {
    if (event.target.name) soon();
  });
  form.addEventListener("change", soon);
  for (const button of form.querySelectorAll("[data-fill]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      document.getElementById(button.dataset.fill).value = button.dataset.value;
      soon();
    });
  }
}
