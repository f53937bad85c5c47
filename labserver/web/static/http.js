// What the pages with script share: how they ask the server, and how they say what came back.

// The server's root, which behind a proxy is a folder: this file is static/http.js in it.
const ROOT = new URL("../", import.meta.url);

const PATIENCE = 20_000; // milliseconds until a silent server is given up

export const byId = (id) => document.getElementById(id);

/* Send a request; the answer comes as {ok, status, data, problem, headers}, also where there is none: then the
   status is 0. `problem` is a sentence for people, empty if all is well. Cookies of this origin go along: a hub
   asks for its own. */
export async function ask(method, path, { body, headers = {} } = {}) {
  const options = { method, headers: { ...headers }, credentials: "same-origin", cache: "no-store" };
  options.signal = AbortSignal.timeout(PATIENCE);
  if (body) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(new URL(path, ROOT), options);
    const text = await answer.text();
    const data = text === "" ? null : JSON.parse(text);
    const problem = answer.ok ? "" : data?.detail ?? `The server answered ${answer.status}, without a reason.`;
    return { ok: answer.ok, status: answer.status, data, problem, headers: answer.headers };
  } catch (error) {
    const problem = error instanceof SyntaxError
      ? `The answer (${answer.status}) is not JSON, so it does not come from this server's API.`
      : "The server does not answer. Is it still running?";
    return { ok: false, status: answer?.status ?? 0, data: null, problem, headers: new Headers() };
  }
}

/* Show the problem of an answer, or none. */
export function tell({ problem }) {
  byId("problem").hidden = problem === "";
  byId("problem").textContent = problem;
}

/* Add a line to the list of what was sent. */
export function note(line) {
  const item = document.createElement("li");
  item.textContent = line;
  byId("exchanges").append(item);
  byId("log").hidden = false;
}
