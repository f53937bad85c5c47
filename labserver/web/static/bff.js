// The app with a backend: it asks /bff/, which holds the tokens. Here are no tokens, and no cookie that can be read.

import { ask, byId, note, tell } from "./http.js";

let csrfToken = null;

async function send(method, path, body) {
  const headers = method === "GET" || csrfToken === null ? {} : { "X-CSRF-Token": csrfToken };
  const answer = await ask(method, path, { body, headers });
  note(`${method} /${path}${csrfToken && method !== "GET" ? ", X-CSRF-Token" : ""} → ${answer.status || "no answer"}`);
  tell(answer);
  return answer;
}

/* Show who is logged in; a 401 means that nobody is (any more). */
function show(answer) {
  if (answer.status === 401) csrfToken = null;
  if (answer.data?.csrf_token) csrfToken = answer.data.csrf_token;
  const inside = csrfToken !== null;
  byId("login").hidden = inside;
  byId("inside").hidden = !inside;
  byId("csrf").textContent = csrfToken ?? "";
  const user = answer.data?.user;
  if (!inside) byId("who").textContent = "Nobody is logged in.";
  else if (user) byId("who").textContent = `The server says: ${user.username}, ${user.role}, ${user.email}.`;
}

byId("login").querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await send("POST", "bff/login", { username: byId("username").value, password: byId("password").value });
  if (!answer.ok) return;
  byId("password").value = "";
  show(answer);
  byId("me").focus();
});
byId("me").addEventListener("click", async () => show(await send("GET", "bff/me")));
byId("change").addEventListener("submit", async (event) => {
  event.preventDefault();
  show(await send("POST", "bff/email", { email: byId("email").value }));
});
byId("logout").addEventListener("click", async () => {
  const answer = await send("POST", "bff/logout");
  if (answer.status === 204 || answer.status === 401) show({ status: 401 });
  byId("username").focus();
});

// The cookie may be here from before; only the server can tell. To be a stranger is no problem at this point.
const first = await ask("GET", "bff/session");
tell(first);
show(first.data?.active ? await send("GET", "bff/me") : { status: 401 });
