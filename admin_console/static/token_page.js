// Leads to the organization's own page of tokens as soon as its address is typed.
"use strict";
const address = document.querySelector("[data-organization]");
const link = document.querySelector("[data-token-page]");
if (address && link) {
  const elsewhere = { href: link.href, text: link.textContent };
  const follow = () => {
    const parts = /^\s*https:\/\/(?:dev\.azure\.com\/([A-Za-z0-9-]+)|([A-Za-z0-9-]+)\.visualstudio\.com)/i.exec(address.value);
    const organization = parts && (parts[1] || parts[2]);
    link.href = organization ? `https://dev.azure.com/${organization}/_usersSettings/tokens` : elsewhere.href;
    link.textContent = organization ? "Open the page to make one" : elsewhere.text;
  };
  address.addEventListener("input", follow);
  follow();
}
