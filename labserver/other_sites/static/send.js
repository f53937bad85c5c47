// The button makes the browser send one request, in the way that data-kind names. Nothing here adds a credential.
"use strict";

const { kind, target } = document.body.dataset;
const byId = (id) => document.getElementById(id);

const ways = {
  "link": () => byId("link").click(),
  "download": () => byId("download").click(),
  "form-get": () => byId("form-get").submit(),
  "form-post": () => byId("form-post").submit(),
  "image": () => { new Image().src = target; },
  "fetch": () => fetch(target, { mode: "no-cors", credentials: "include" }),
  "eventsource": () => {
    const source = new EventSource(target, { withCredentials: true });
    source.onmessage = source.onerror = () => source.close();
  },
};
byId("go").addEventListener("click", ways[kind]);
