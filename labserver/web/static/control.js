// The control API, as far as this page may use it. The link that opens the page has a ticket after the #, good once; the
// page gets a key for it. (Behind JupyterLab's launcher tile, no ticket is needed.) The browser keeps the key
// with this entry of its history: a reload finds it, no other page does.

import { ask } from "./http.js";

let key = null;
let passwords = {};

export const isOpen = () => key !== null;
export const passwordOf = (username) => passwords[username];
export const usernames = () => Object.keys(passwords);

/* Enter by the ticket in the address, or by what an earlier load has got for it; or by the launcher's `tile`. */
export async function enter(tile) {
  const ticket = new URLSearchParams(location.hash.slice(1)).get("desk") ?? (tile ? "" : null);
  if (ticket !== null) {
    history.replaceState(null, "", location.pathname + location.search); // the ticket is not for the history
    const answer = await ask("POST", "lab/stage", { body: { ticket } });
    if (!answer.ok) return answer;
    history.replaceState({ desk: answer.data }, "");
  }
  ({ key, passwords } = history.state?.desk ?? { key: null, passwords: {} });
  return { problem: "" };
}

/* Ask the control API. Returns null where it is not open, or it does not answer. */
export async function control(method, path, body) {
  if (key === null) return null;
  const answer = await ask(method, `lab/${path}`, { body, headers: { "X-Lab-Key": key } });
  if (answer.status === 403) key = null; // another server has this port now
  return answer.ok ? answer.data : null;
}
