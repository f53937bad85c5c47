// Chips: the short names of credentials, the same as in the notebooks.

import { sha256 } from "./sha256.js";

const KINDS = {
  session: ["●", "s", "session id"],
  access: ["◆", "t", "access token"],
  refresh: ["▲", "t", "refresh token"],
  csrf: ["■", "c", "CSRF token"],
  jti: ["◇", "t", "id of an access token"],
};

/* Name a credential by six characters of its SHA-256. */
export function nameOf(credential) {
  const text = btoa(String.fromCharCode(...sha256(new TextEncoder().encode(credential))));
  return text.replace(/\+/g, "-").replace(/\//g, "_").slice(0, 6);
}

/* A chip to put into text: {kind, name}. */
export const chip = (kind, name) => ({ kind, name });

export const written = ({ kind, name }) => `${KINDS[kind][0]} ${name}`;
export const classOf = ({ kind }) => KINDS[kind][1];

/* Make an element of texts, chips and other elements. */
export function element(tag, parts, className = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const part of parts) node.append(part?.kind ? drawn(part) : part);
  return node;
}

function drawn(one) {
  const node = element("span", [], `chip ${classOf(one)} new`);
  node.append(element("span", [`${KINDS[one.kind][2]} `], "sr"), written(one));
  return node;
}
