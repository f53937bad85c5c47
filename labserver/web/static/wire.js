// One exchange as it was on the wire, with chips where the credentials are.

import { chip, nameOf } from "./chips.js";

const SECRETS = { access_token: "access", refresh_token: "refresh", csrf_token: "csrf" };

/* Write request and answer as rows of texts and chips. What only the server could see (a cookie) comes from its
   trace. `sent` and `got` are the rows that carry credentials, `kinds` says what each chip is. */
export function lines({ method, path, body, headers = {} }, answer, trace, { flow, cookie }) {
  const kinds = {}, sent = [], got = [];
  const named = (kind, credential) => {
    const name = nameOf(credential);
    kinds[name] = kind;
    return chip(kind, name);
  };
  const came = trace?.credential;
  if (came?.carrier === "cookie") {
    sent.push([`Cookie: ${came.name}=`, chip("session", came.chip)]);
    kinds[came.chip] = "session";
  } else if (flow === "session" && !trace && !path.endsWith("login")) {
    sent.push(["Cookie: the browser adds it, if it has one; a script cannot see it"]);
  }
  const token = headers.Authorization?.split(" ")[1];
  if (token) sent.push(["Authorization: Bearer ", named("access", token)]);
  if (headers["X-CSRF-Token"]) sent.push(["X-CSRF-Token: ", named("csrf", headers["X-CSRF-Token"])]);
  const made = trace?.events.find((event) => event.kind === "id.make" && event.details.record === "session");
  if (made) {
    got.push([`Set-Cookie: ${cookie}=`, chip("session", made.chip)]);
    kinds[made.chip] = "session";
  }
  const asked = json(body, named), said = json(answer.data, named);
  const status = [`${answer.status} ${answer.ok ? "" : answer.data?.title ?? ""}`.trim()];
  return {
    request: [[`${method} /${path}`], ...sent, ...asked.text],
    answer: [status, ...got, ...said.text],
    sent: [...sent, ...asked.credentials],
    got: [...got, ...said.credentials],
    kinds,
  };
}

/* Write a JSON object with a row for each member: chips in place of credentials, dots in place of a password. */
function json(data, named) {
  if (!data) return { text: [], credentials: [] };
  const text = [], credentials = [];
  for (const [name, value] of Object.entries(data)) {
    const kind = SECRETS[name];
    const shown = kind ? named(kind, value) : name === "password" ? "••••••" : JSON.stringify(value).replace(/([:,])"/g, '$1 "');
    text.at(-1)?.push(",");
    text.push([`${text.length ? " " : "{"}"${name}": `, shown]);
    if (kind && kind !== "csrf") credentials.push([`${name} `, shown]);
  }
  text.at(-1)?.push("}");
  return { text, credentials };
}
