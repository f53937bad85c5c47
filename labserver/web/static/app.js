// The single-page app: it asks the API with fetch, and holds its tokens itself.
// In memory they are gone with the page; in local storage they stay, and every script of this page can read them.
"use strict";

const byId = (id) => document.getElementById(id);
let tokens = JSON.parse(localStorage.getItem("tokens"));

async function ask(method, path, body, headers = {}) {
  const options = { method, headers: { ...headers }, credentials: "omit" };
  if (body) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const answer = await fetch("../" + path, options);
  const data = answer.status === 204 ? null : await answer.json();
  note(`${method} /${path}${headers.Authorization ? ", Authorization: Bearer …" : ""} → ${answer.status}`);
  byId("problem").hidden = answer.ok;
  byId("problem").textContent = answer.ok ? "" : data.detail;
  return { ok: answer.ok, status: answer.status, data };
}

// A request with the access token; if that has expired, refresh once and ask again.
async function askAsUser(method, path, body) {
  const bearer = () => ({ Authorization: `Bearer ${tokens.access_token}` });
  const first = await ask(method, path, body, bearer());
  return first.status === 401 && (await refresh()) ? ask(method, path, body, bearer()) : first;
}

async function refresh() {
  const { ok, data } = await ask("POST", "token/refresh", { refresh_token: tokens.refresh_token });
  hold(ok ? data : null);
  return ok;
}

function hold(pair) {
  const kept = localStorage.getItem("tokens") !== null || byId("keep").checked;
  tokens = pair;
  if (pair && kept) localStorage.setItem("tokens", JSON.stringify(pair));
  else localStorage.removeItem("tokens");
  show();
}

function show() {
  byId("login").hidden = tokens !== null;
  byId("inside").hidden = tokens === null;
  if (tokens === null) {
    byId("who").textContent = "Nobody is logged in.";
    return;
  }
  const [, payload] = tokens.access_token.split(".");
  const claims = JSON.parse(atob(payload.replace(/-/g, "+").replace(/_/g, "/")));
  byId("who").textContent = `The token says: ${claims.sub}, ${claims.role}. Nobody has checked that yet; the server will.`;
  byId("access").textContent = tokens.access_token;
  byId("claims").textContent = JSON.stringify(claims, null, 2);
  byId("place").textContent = localStorage.getItem("tokens") ? "local storage: any script of this page can read it"
    : "a variable of this page: gone when it is closed";
}

function note(line) {
  const item = document.createElement("li");
  item.textContent = line;
  byId("exchanges").append(item);
  byId("log").hidden = false;
}

byId("login").querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const credentials = { username: byId("username").value, password: byId("password").value };
  const { ok, data } = await ask("POST", "token/login", credentials);
  if (ok) {
    byId("password").value = "";
    hold(data);
  }
});
byId("me").addEventListener("click", async () => {
  const { ok, data } = await askAsUser("GET", "token/me");
  if (ok) byId("who").textContent = `The server says: ${data.user.username}, ${data.user.role}, ${data.user.email}.`;
});
byId("refresh").addEventListener("click", refresh);
byId("logout").addEventListener("click", async () => {
  await ask("POST", "token/logout", { refresh_token: tokens.refresh_token });
  hold(null);
});
show();
