// The stage: both flows side by side. What is shown is taken from the request that just ran, from its trace, and
// from what the server holds now.

import { chip, element, nameOf } from "./chips.js";
import { control, enter, isOpen, passwordOf, usernames } from "./control.js";
import { diagram, stepsOf } from "./diagram.js";
import { ask, byId, tell } from "./http.js";
import { claimsOf } from "./tokens.js";
import { lines } from "./wire.js";

const FLOWS = ["session", "token"];
const COOKIE = document.querySelector("[data-cookie]").dataset.cookie;
const part = (flow, selector) => byId(flow).querySelector(selector);
const fill = (flow, name, ...nodes) => part(flow, `[data-show="${name}"]`).replaceChildren(...nodes);

/* What this page holds: of the session only the CSRF token, as the cookie is HttpOnly. */
const held = { csrf: null, access: null, refresh: null };
const stolen = { session: null, token: null };
let changes = 0;

const person = () => ({ username: byId("username").value, password: byId("password").value });
const newAddress = () => ({ email: `${person().username || "somebody"}+${++changes}@example.org` });
const csrf = () => (held.csrf ? { "X-CSRF-Token": held.csrf } : {});
const bearer = () => (held.access ? { Authorization: `Bearer ${held.access}` } : {});
const REQUESTS = {
  session: {
    login: () => ["POST", "session/login", { body: person() }],
    read: () => ["GET", "session/me", {}],
    change: () => ["POST", "session/email", { body: newAddress(), headers: csrf() }],
    logout: () => ["POST", "session/logout", { headers: csrf() }],
  },
  token: {
    login: () => ["POST", "token/login", { body: person() }],
    read: () => ["GET", "token/me", { headers: bearer() }],
    change: () => ["POST", "token/email", { body: newAddress(), headers: bearer() }],
    refresh: () => ["POST", "token/refresh", { body: { refresh_token: held.refresh } }],
    logout: () => ["POST", "token/logout", { body: { refresh_token: held.refresh } }],
  },
};

const DONE = {
  login: "you are logged in.",
  read: "the server knows you.",
  change: "your address was changed.",
  refresh: "a new pair of tokens.",
  logout: "you are logged out.",
};

async function act(flow, name) {
  const [method, path, more] = REQUESTS[flow][name]();
  const answer = await ask(method, path, more);
  tell(answer.status === 0 ? answer : { problem: "" });
  if (answer.status === 0) return;
  const trace = await control("GET", `trace/${answer.headers.get("X-Trace-Id")}`);
  const wire = lines({ method, path, ...more }, answer, trace, { flow, cookie: COOKIE });
  learn(flow, name, answer);
  fill(flow, "wire", written(wire.request), written(wire.answer));
  fill(flow, "diagram", trace ? diagram(stepsOf(trace, wire.sent, wire.got, wire.kinds), { style: flow }) : outside());
  part(flow, ".said").textContent = `${answer.status}: ${answer.problem || DONE[name]}${cost(trace)}`;
  await look(flow);
  if (name !== "read" && name !== "change") await thiefAsks(flow);
}

const written = (rows) => element("pre", rows.flatMap((row) => [...row, "\n"]));
const outside = () => element("p", ["The server's inside is not visible from here."], "note");

function cost(trace) {
  if (!trace) return "";
  const { store_reads: reads, store_writes: writes, signatures_made: made, signatures_checked: checked } = trace.counts;
  const parts = [[reads, "store read", "store reads"], [writes, "store write", "store writes"],
    [made, "signature", "signatures"], [checked, "signature check", "signature checks"]]
    .filter(([count]) => count > 0).map(([count, one, several]) => `${count} ${count === 1 ? one : several}`);
  return ` The server needed ${parts.join(", ") || "neither its store nor a signature"}.`;
}

/* Store what came with the answer, and forget what has ended. */
function learn(flow, name, { ok, status, data }) {
  if (flow === "session") {
    if (ok && data?.csrf_token) held.csrf = data.csrf_token;
    if ((ok && name === "logout") || status === 401) held.csrf = null;
  } else if (ok && data?.access_token) {
    [held.access, held.refresh] = [data.access_token, data.refresh_token];
  } else if (name === "logout" || (name === "refresh" && status === 400)) {
    [held.access, held.refresh] = [null, null]; // a client forgets its tokens, whatever the server says
  }
}

/* Show what the browser and the server hold now, and offer what can be done with it. */
async function look(flow) {
  const state = await control("GET", "state");
  if (state) byId("time").textContent = clock(state.clock);
  const [browser, server] = flow === "session" ? await lookAtSession(state) : lookAtToken(state);
  fill(flow, "browser", ...items(browser));
  fill(flow, "server", ...items(state ? server : [["not visible from here"]]));
  const focused = document.activeElement;
  const inside = flow === "session" ? held.csrf !== null : held.access !== null;
  for (const button of byId(flow).querySelectorAll("[data-act]")) {
    const name = button.dataset.act;
    if (["change", "logout", "refresh"].includes(name)) button.disabled = !inside;
    if (name === "steal") button.disabled = !inside || (flow === "session" && !isOpen());
  }
  if (focused?.disabled && byId(flow).contains(focused)) part(flow, "[data-act=login]").focus(); // for the keyboard
}

const items = (rows) => (rows.length ? rows : [["nothing"]]).map((row) => element("li", row, row.length > 1 ? "" : "note"));

async function lookAtSession(state) {
  const cookie = await control("POST", "copy", {});
  const browser = [], server = [];
  if (cookie?.chip) browser.push(["cookie ", COOKIE, " ", chip("session", cookie.chip), ", which no script can read"]);
  else if (!isOpen() && held.csrf) browser.push([`cookie ${COOKIE}`, ": no script can read it, nor can this page"]);
  if (held.csrf) browser.push(["a variable: ", chip("csrf", nameOf(held.csrf))]);
  for (const row of rowsOf(state, "session", cookie?.chip)) {
    server.push(["a row: sha256(", chip("session", row.chip), `) is ${row.owner}, ${ends(row, state)}`]);
  }
  return [browser, server];
}

function lookAtToken(state) {
  if (held.access === null) return [[], []];
  const claims = claimsOf(held.access), jti = nameOf(claims.jti);
  const access = chip("access", nameOf(held.access)), refresh = chip("refresh", nameOf(held.refresh));
  const browser = [["a variable: ", access], ["a variable: ", refresh]];
  if (state) browser[0].push(`, ${ends({ expires: claims.exp }, state)}`);
  const denied = rowsOf(state, "denied", jti).length > 0;
  const server = [["for ", access, denied ? ": a row that denies it" : ": nothing"]];
  const family = rowsOf(state, "family", refresh.name)[0];
  server.push(["for ", refresh, family ? `: a row of its family, ${family.owner}, ${ends(family, state)}` : ": nothing"]);
  return [browser, server];
}

const rowsOf = (state, kind, name) => (state?.store.rows ?? []).filter((row) => row.kind === kind && row.chip === name);

function ends({ expires }, { clock: { now } }) {
  const left = expires - now;
  if (left <= 0) return "over";
  const [unit, size] = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]].find(([, seconds]) => left >= 1.5 * seconds) ?? ["s", 1];
  return `ends in ${Math.round(left / size)} ${unit}`;
}

function clock({ now, offset }) {
  const ahead = Math.round(offset / 60);
  return `Its clock: ${new Date(now * 1000).toLocaleTimeString()}${ahead ? ` (${ahead} min ahead)` : ""}`;
}

async function steal(flow) {
  const credential = flow === "session" ? (await control("POST", "copy", {}))?.cookie : held.access;
  if (!credential) return;
  stolen[flow] = credential;
  const copy = chip(flow === "session" ? "session" : "access", nameOf(credential));
  part(flow, ".loot").replaceChildren(...element("p", ["Another client, with nothing but a copy of ", copy]).childNodes);
  part(flow, ".thief").hidden = false;
  await thiefAsks(flow);
}

/* The thief asks who they are; the status says who is let in. */
async function thiefAsks(flow) {
  const credential = stolen[flow];
  if (credential === null) return;
  let came = await control("POST", "thief", { flow, credential });
  if (came === null && flow === "token") {
    const { status, data } = await ask("GET", "token/me", { headers: { Authorization: `Bearer ${credential}` } });
    came = { status, body: data };
  }
  if (came === null) return;
  const { status, body, trace: id } = came;
  part(flow, ".verdict").textContent = status === 200
    ? `${status}: let in, as ${body.user.username}.` : `${status}: not let in (${body?.code ?? "no answer"}).`;
  const trace = id ? await control("GET", `trace/${id}`) : null;
  if (!trace) return;
  const kind = flow === "session" ? "session" : "access", name = trace.credential?.chip;
  const sent = name ? [[flow === "session" ? `Cookie: ${COOKIE}=` : "Authorization: Bearer ", chip(kind, name)]] : [];
  fill(flow, "thief", diagram(stepsOf(trace, sent, [], { [name]: kind }), { client: "thief", evil: true }));
}

async function everywhere(news) {
  byId("news").textContent = news;
  for (const flow of FLOWS) await look(flow).then(() => thiefAsks(flow));
}

async function restart() {
  const button = byId("restart");
  button.disabled = true;
  byId("news").textContent = "The server's process ends …";
  const ended = await control("POST", "restart", {});
  if (ended === null) byId("news").textContent = "This server cannot restart itself.";
  for (let tries = 0; ended !== null && tries < 100; tries += 1) {
    await new Promise((next) => setTimeout(next, 200));
    const now = await control("GET", "state");
    if (!now || now.worker === ended.worker) continue;
    await everywhere(`Process ${ended.worker} has ended as in a crash, process ${now.worker} answers now. `
      + `The session store is ${now.store.kind}. Read on both sides.`);
    break;
  }
  button.disabled = false;
  button.focus();
}

byId("person").addEventListener("submit", async (event) => {
  event.preventDefault();
  for (const flow of FLOWS) await act(flow, "login");
});
byId("username").addEventListener("change", ({ target }) => {
  if (passwordOf(target.value)) byId("password").value = passwordOf(target.value);
});
document.querySelector(".flows").addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-act]"), flow = target.closest(".flow")?.id;
  if (!button) return;
  const name = button.dataset.act;
  if (name === "login" && !byId("person").reportValidity()) return;
  await (name === "steal" ? steal(flow) : name === "ask" ? thiefAsks(flow) : act(flow, name));
});
byId("clock").addEventListener("click", async () => {
  const moved = await control("POST", "clock", { advance: 31 * 60 });
  if (moved) await everywhere("The server's clock was moved on by 31 minutes. Read on both sides.");
});
byId("restart").addEventListener("click", restart);

tell(await enter("tile" in document.querySelector("[data-cookie]").dataset));
if (isOpen()) {
  byId("knobs").hidden = false;
  byId("outside").hidden = true;
  byId("users").replaceChildren(...usernames().map((name) => Object.assign(document.createElement("option"), { value: name })));
  [byId("username").value, byId("password").value] = ["ada", passwordOf("ada")];
}
for (const flow of FLOWS) await look(flow);
