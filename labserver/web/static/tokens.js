// Where a page keeps its tokens, and how it renews them. Any script of this page can do all that is done here.

import { ask } from "./http.js";

const KEY = "session-token-trails.tokens";
const LOGOUT = "session-token-trails.logout";
let place = "memory";
let inMemory = null;

/* Find tokens that an earlier page has left, in this tab or in all. A duplicated tab begins with a copy of the
   session storage; but two tabs must not use one refresh token, so the copy is forgotten. */
export async function start() {
  place = ["session", "local"].find((name) => storage(name)?.getItem(KEY) != null) ?? "memory";
  if (place === "session" && read() && !(await claim(read()))) forget();
}

export const whereStored = () => place;

/* The tokens, or null. What is not of our form (another program's, half of one) is no token. */
export function read() {
  if (place === "memory") return inMemory;
  try {
    const pair = JSON.parse(storage(place).getItem(KEY));
    claimsOf(pair.access_token);
    return typeof pair.refresh_token === "string" ? pair : null;
  } catch {
    return null;
  }
}

/* Keep these tokens, and only there. */
export function keep(pair, where = place) {
  forget();
  place = storage(where) ? where : "memory";
  if (place === "memory") inMemory = pair;
  else storage(place).setItem(KEY, JSON.stringify(pair));
  if (place === "session") claim(pair);
}

/* Claim a family of refresh tokens for this tab, for as long as it is open; false if another tab has it. */
function claim(pair) {
  if (!navigator.locks) return Promise.resolve(true);
  const name = `${KEY}.${pair.refresh_token.split(".")[0]}`;
  return new Promise((tell) => {
    navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      tell(lock !== null);
      return lock && new Promise(() => {}); // until the tab is closed
    });
  });
}

export function forget() {
  inMemory = null;
  for (const name of ["session", "local"]) storage(name)?.removeItem(KEY);
}

/* Get a new pair in place of `old`. A refresh token is good once: a second use ends the whole family. So one tab
   at a time does this, and looks first whether another one has done it meanwhile. */
export function renew(old) {
  return alone(async () => {
    const now = read();
    if (now === null || now.access_token !== old.access_token) return { ok: now !== null, problem: "" };
    const answer = await ask("POST", "token/refresh", { body: { refresh_token: now.refresh_token } });
    if (read()?.access_token !== now.access_token) {
      // The user has logged out meanwhile: the new pair is not wanted any more.
      if (answer.ok) await ask("POST", "token/logout", { body: { refresh_token: answer.data.refresh_token } });
      return { ok: false, problem: "" };
    }
    if (answer.ok) keep(answer.data);
    else if (answer.data?.code === "invalid_grant") forget(); // other failures may pass: keep them
    return answer;
  });
}

/* Tell the other tabs that somebody has logged out here, wherever they keep their tokens. */
export function announceLogout() {
  storage("local")?.setItem(LOGOUT, String(Date.now()));
  storage("local")?.removeItem(LOGOUT);
}

/* Call `changed` when another tab has changed the tokens, and `ended` when it has logged out. */
export function watch(changed, ended) {
  addEventListener("storage", ({ key, newValue }) => {
    if (key === LOGOUT && newValue !== null) ended();
    else if (key === KEY || key === null) changed();
  });
}

/* What a token says; nobody has checked it. Throws for what is not a token. */
export function claimsOf(token) {
  const bytes = atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"));
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0))));
}

function storage(name) {
  try {
    return { session: window.sessionStorage, local: window.localStorage }[name] ?? null;
  } catch {
    return null; // the browser's settings forbid it
  }
}

// Web Locks hold among all tabs. Browsers offer them over https and on this machine; elsewhere, one tab at least.
let queue = Promise.resolve();
function alone(work) {
  if (navigator.locks) return navigator.locks.request(KEY, work);
  const done = queue.then(work);
  queue = done.catch(() => {});
  return done;
}
