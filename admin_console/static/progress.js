// Keeps an integration's progress up to date until nothing goes on any more.
"use strict";
const OFTEN = 2000;
const SELDOM = 15000;
// What was just asked for may not have begun: at first it is looked for, whatever the page says.
const AT_FIRST = Date.now() + 60 * 1000;
// A page left open is nobody at work: it must not keep a session from ending.
const UNTIL = Date.now() + 20 * 60 * 1000;
const shown = document.querySelector("[data-progress]");
let failures = 0;

function replaceParts(fresh) {
  for (const part of shown.querySelectorAll("[data-part]")) {
    const other = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!other) part.remove();
    else if (other.innerHTML !== part.innerHTML) part.replaceChildren(...other.childNodes);
  }
  shown.dataset.live = fresh.dataset.live;
}

async function look() {
  try {
    const answer = await fetch(shown.dataset.progress, { credentials: "same-origin", redirect: "error" });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    replaceParts(page.querySelector("[data-progress]"));
    failures = 0;
  } catch {
    failures += 1;
    if (failures > 5) return;
  }
  wait();
}

function wait() {
  const isOver = Date.now() > (shown.dataset.live === "yes" ? UNTIL : AT_FIRST);
  if (!isOver) setTimeout(look, document.hidden || failures ? SELDOM : OFTEN);
}

if (shown) wait();
