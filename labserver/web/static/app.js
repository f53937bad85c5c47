// The single-page app: it asks the API with fetch, and holds its tokens itself.

import { ask, byId, note, tell } from "./http.js";
import * as tokens from "./tokens.js";

const PLACES = {
  memory: "in a variable of this page: gone when it is closed or loaded again",
  session: "in session storage: any script of this page can read it, until the tab is closed",
  local: "in local storage: any script of any page of this origin can read it, in every tab",
};

async function send(method, path, { body, token } = {}) {
  const answer = await ask(method, path, { body, headers: token ? { Authorization: `Bearer ${token}` } : {} });
  note(`${method} /${path}${token ? ", Authorization: Bearer …" : ""} → ${answer.status || "no answer"}`);
  tell(answer);
  return answer;
}

/* A request with the access token; if that has expired, get a new one and ask again. The user notices nothing. */
async function sendAsUser(method, path, body) {
  const pair = tokens.read();
  if (pair === null) return show();
  const first = await send(method, path, { body, token: pair.access_token });
  if (first.status !== 401 || !(await refresh(pair))) return first;
  return send(method, path, { body, token: tokens.read().access_token });
}

async function refresh(pair) {
  const answer = await tokens.renew(pair);
  if (answer.status !== undefined) note(`POST /token/refresh → ${answer.status || "no answer"}`);
  else if (answer.ok) note("Another request or tab has refreshed the tokens meanwhile");
  tell(answer);
  show();
  return answer.ok && tokens.read() !== null;
}

function show(welcome = "Nobody is logged in.") {
  const pair = tokens.read();
  byId("login").hidden = pair !== null;
  byId("inside").hidden = pair === null;
  if (pair === null) {
    byId("who").textContent = welcome;
    return;
  }
  const claims = tokens.claimsOf(pair.access_token);
  byId("who").textContent = `The token says: ${claims.sub}, ${claims.role}. Nobody has checked that yet; the server will.`;
  byId("access").textContent = pair.access_token;
  byId("claims").textContent = JSON.stringify(claims, null, 2);
  byId("place").textContent = PLACES[tokens.whereStored()];
}

/* Forget the tokens, whatever the server says: this page must not go on as if nothing had happened. */
async function logOut({ announced = false } = {}) {
  const pair = tokens.read();
  tokens.forget();
  show(announced ? "You have logged out in another tab." : undefined);
  if (!announced) tokens.announceLogout();
  if (pair === null) return;
  const answer = await send("POST", "token/logout", { body: { refresh_token: pair.refresh_token } });
  if (answer.data?.code === "invalid_grant") tell({ problem: "" }); // its family has ended already
  if (answer.status === 0) byId("problem").textContent += " The tokens are deleted here, but the server does not know of the logout.";
  if (!announced) byId("username").focus();
}

byId("login").querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = { username: byId("username").value, password: byId("password").value };
  const { ok, data } = await send("POST", "token/login", { body });
  if (!ok) return;
  byId("password").value = "";
  tokens.keep(data, document.querySelector("[name=place]:checked").value);
  show();
  byId("me").focus();
});
byId("me").addEventListener("click", async () => {
  const answer = await sendAsUser("GET", "token/me");
  if (answer?.ok) {
    const { username, role, email } = answer.data.user;
    byId("who").textContent = `The server says: ${username}, ${role}, ${email}.`;
  }
});
byId("change").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await sendAsUser("POST", "token/email", { email: byId("email").value });
  if (answer?.ok) byId("who").textContent = `The server says: your address is ${answer.data.user.email} now.`;
});
byId("refresh").addEventListener("click", () => {
  const pair = tokens.read();
  return pair ? refresh(pair) : show();
});
byId("logout").addEventListener("click", () => logOut());
tokens.watch(() => show(), () => logOut({ announced: true }));
await tokens.start();
show();
