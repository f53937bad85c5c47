// Each button makes the browser send one request, in its own way. Nothing here adds a credential.
"use strict";

const byId = (id) => document.getElementById(id);

const ways = {
  "link": () => byId("link").click(),
  "download": () => byId("download").click(),
  "form-get": () => byId("form-get").submit(),
  "form-post": () => byId("form-post").submit(),
  "image": (target) => { new Image().src = target; },
  "fetch": (target) => fetch(target, { mode: "no-cors", credentials: "include" }),
  "eventsource": (target) => {
    const source = new EventSource(target, { withCredentials: true });
    source.onmessage = source.onerror = () => source.close();
  },
};

for (const button of document.querySelectorAll("[data-kind]")) {
  const { kind, target } = button.dataset;
  button.addEventListener("click", () => {
    byId("status").textContent = `Sent: ${button.textContent}. This page cannot see what went along; the recorder can.`;
    ways[kind](target);
  });
}
