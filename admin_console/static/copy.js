// Copies what stands beside a button.
"use strict";
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  const before = button.innerHTML;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const value = button.parentElement.querySelector("[data-copied]").textContent;
    try {
      await navigator.clipboard.writeText(value);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select it, and copy by hand";
    }
    setTimeout(() => { button.innerHTML = before; }, 2000);
  });
}
