// Ticks many boxes at once, and finds some of them by name.
"use strict";
for (const area of document.querySelectorAll("[data-select]")) {
  const boxes = [...area.querySelectorAll('input[name="repository"]')];
  const all = area.querySelector("[data-select-all]");
  const tools = area.querySelector("[data-select-tools]");
  const count = area.querySelector("[data-select-count]");

  const told = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    if (count) count.textContent = `${ticked.toLocaleString("en")} of ${boxes.length.toLocaleString("en")} ticked`;
    if (all) {
      all.checked = ticked > 0 && ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
    }
  };
  const tickedOnly = () => {
    const some = document.querySelector('input[name="mode"][value="selected"]');
    if (some) some.checked = true;
  };
  const tick = (chosen, value) => {
    for (const box of chosen) box.checked = value;
    tickedOnly();
    told();
    area.dispatchEvent(new Event("change", { bubbles: true }));
  };

  if (all && boxes.length) {
    all.hidden = false;
    all.addEventListener("change", () => tick(boxes, all.checked));
  }
  if (tools) {
    tools.hidden = false;
    const search = area.querySelector("[data-select-search]");
    const isShown = (box) => !box.closest("[data-name]").hidden;
    search.addEventListener("input", () => {
      const wanted = search.value.trim().toLowerCase();
      for (const item of area.querySelectorAll("[data-name]")) {
        item.hidden = !item.dataset.name.toLowerCase().includes(wanted);
      }
    });
    search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
    for (const button of area.querySelectorAll("[data-select-shown]")) {
      button.addEventListener("click", () => tick(boxes.filter(isShown), button.dataset.selectShown === "yes"));
    }
  }
  area.addEventListener("change", (event) => {
    if (event.target.name !== "repository") return;
    tickedOnly();
    told();
  });
  told();
}
