// Puts the text of a chosen file into the form, which works by pasting as well.
"use strict";
const field = document.querySelector("[data-file]");
const chosen = document.getElementById("file");
field.hidden = false;
chosen.addEventListener("change", async () => {
  if (chosen.files.length) document.getElementById("document").value = await chosen.files[0].text();
});
