// Redeems the code of a one-time link. It stands in the fragment, which is sent to nobody.
"use strict";
function redeem() {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (!code) {
    return;
  }
  history.replaceState(null, "", location.pathname + location.search);
  const form = document.getElementById("code-form");
  document.getElementById("code").value = code;
  form.hidden = false;
  form.submit();
}
redeem();
// The link may be opened where this page is already: then nothing is loaded anew.
addEventListener("hashchange", redeem);
