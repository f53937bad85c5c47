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

const say = (words) => { byId("status").textContent = words; };
const pause = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });

// The page may not read the answer. The recorder stands on this server too, so the page can ask what came.
async function report(what, name, before) {
  for (let look = 0; look < 30; look += 1) {
    const latest = await (await fetch(`/latest/${encodeURIComponent(name)}`)).json();
    if (latest.number > before) {
      say(`Sent: ${what}. This page cannot see what went along. The recorder got this: ${latest.words}`);
      return latest.number;
    }
    await pause(100);
  }
  say(`Sent: ${what}. Nothing came to the recorder: the browser sent nothing, or used a copy that it had.`);
  return before;
}

for (const button of document.querySelectorAll("[data-kind]")) {
  const { kind, target, name } = button.dataset;
  button.addEventListener("click", async () => {
    say(`Sent: ${button.textContent}.`);
    ways[kind](target);
    if ("number" in button.dataset)
      button.dataset.number = await report(button.textContent, name, Number(button.dataset.number));
  });
}
