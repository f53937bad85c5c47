// An honest app on an origin of its own. It holds its token in a variable and adds it to each request.
"use strict";

const { shop } = document.body.dataset;
const byId = (id) => document.getElementById(id);
const LOOK = `So this page cannot know what the shop did: look at ${shop}/site/.`;
let token = "";

function note(line) {
  const item = document.createElement("li");
  item.textContent = line;
  byId("log").append(item);
}

async function ask(what, path, options) {
  try {
    const answer = await fetch(shop + path, options);
    note(`${what}: ${answer.type === "opaque" ? `sent, and the answer cannot be read. ${LOOK}` : answer.status}`);
    return answer;
  } catch (error) {
    note(`${what}: the browser did not let the script read an answer (${error.name}). ${LOOK}`);
    return null;
  }
}

byId("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = JSON.stringify({ username: byId("username").value, password: byId("password").value });
  const headers = { "Content-Type": "application/json" };
  const answer = await ask("log in", "/token/login", { method: "POST", headers, body });
  if (answer && answer.ok) token = (await answer.json()).access_token;
});
byId("me").addEventListener("click", () =>
  ask("read with the token", "/token/me", { headers: { Authorization: `Bearer ${token}` } }));
byId("cookie").addEventListener("click", () => ask("read with the cookie", "/session/me", { credentials: "include" }));
byId("blind").addEventListener("click", () =>
  ask("post without asking", "/session/logout", { method: "POST", mode: "no-cors", credentials: "include" }));
