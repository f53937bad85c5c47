// The sequence diagram of one request, from its trace: who asked whom, in order.

import { chip, classOf, element, written } from "./chips.js";

const SVG = "http://www.w3.org/2000/svg";
const LANES = { store: "session store", users: "users' table", signer: "signing key", api: "API" };
const CREDENTIALS = { session: "session", family: "refresh", denied: "jti" };
const CLIENT = 50, SERVER = 274, WIDTH = 732, STEP = 19;

/* Draw it. `steps` is what `stepsOf` made; the words below are for those who do not see the picture. */
export function diagram(steps, { client = "browser", style = "session", evil = false } = {}) {
  const met = Object.keys(LANES).filter((lane) => steps.some((step) => step.target === lane));
  const lanes = { client: CLIENT, server: SERVER };
  met.forEach((lane, index) => { lanes[lane] = WIDTH - 60 - 124 * (met.length - 1 - index); });
  const picture = new Picture();
  let y = 52;
  for (const step of steps) {
    const x = step.sort === "request" || step.sort === "answer" ? CLIENT + 12 : SERVER + 14;
    for (const line of step.lines) picture.text(x, y, line, step.ok ? "" : "no"), (y += STEP);
    const own = evil ? "evil" : style;
    if (step.sort === "request") picture.arrow(CLIENT, SERVER, y - 10, own);
    else if (step.sort === "answer") picture.arrow(SERVER, CLIENT, y - 10, own);
    else if (step.target === "server") picture.bead(SERVER, y - STEP - 5);
    else picture.call(SERVER, lanes[step.target], y - 10, step.target);
    y += step.target === "server" && step.sort === "call" ? 5 : 14;
  }
  for (const [lane, x] of Object.entries(lanes)) {
    picture.head(x, LANES[lane] ?? (lane === "client" ? client : lane), lane === "client" && evil);
    picture.life(x, y);
  }
  const said = steps.map((step) => step.lines.map((line) => line.map(plain).join("")).join(", "));
  const words = element("ol", steps.map((step, index) => element("li", [who(step, client), said[index]])));
  return element("div", [picture.done(y, `Sequence diagram: ${said[0]}; ${said.at(-1)}`),
    element("details", [element("summary", ["The same in words"]), words])]);
}

const plain = (part) => (part.kind ? written(part) : part);

function who({ sort, target }, client) {
  if (sort === "request") return `${client} to server: `;
  if (sort === "answer") return `server to ${client}: `;
  return target === "server" ? "server: " : `server to ${LANES[target] ?? target}: `;
}

/* Turn a trace into steps. `sent` and `got` are lines of the wire to show with the request and the answer. */
export function stepsOf(trace, sent, got, kinds) {
  const steps = [{ sort: "request", target: "server", lines: [[`${trace.method} ${trace.path}`], ...sent], ok: true }];
  for (const event of trace.events) {
    const ok = event.ok && event.kind !== "refuse";
    const line = [`${ok ? "" : "✗ "}${event.text}`];
    const kind = kinds[event.chip] ?? CREDENTIALS[event.details.record] ?? (event.target === "signer" ? "access" : "session");
    if (event.chip) line.push(" ", chip(kind, event.chip));
    steps.push({ sort: "call", target: event.target, lines: [line], ok });
  }
  steps.push({ sort: "answer", target: "server", lines: [[String(trace.status)], ...got], ok: trace.status < 400 });
  return steps;
}

class Picture {
  constructor() {
    this.lines = document.createElementNS(SVG, "g");
    this.texts = document.createElementNS(SVG, "g");
  }

  add(to, tag, attributes, ...children) {
    const node = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    to.append(node);
    return node;
  }

  text(x, y, parts, className) {
    const node = this.add(this.texts, "text", { x, y, class: className });
    for (const part of parts) {
      if (part.kind) this.add(node, "tspan", { class: classOf(part) }, written(part));
      else node.append(part);
    }
  }

  arrow(from, to, y, className) {
    const tip = to > from ? -1 : 1;
    this.add(this.lines, "path", { class: className, d: `M${from - 3 * tip} ${y}H${to + 4 * tip}` });
    this.add(this.lines, "path", { class: `${className} tip`, d: `M${to + 11 * tip} ${y - 5}L${to + 4 * tip} ${y}l${7 * tip} 5` });
  }

  call(from, to, y, className) {
    this.arrow(from, to, y, className);
    this.add(this.lines, "path", { class: `${className} back`, d: `M${to - 4} ${y + 7}H${from + 4}` });
  }

  bead(x, y) {
    this.add(this.texts, "circle", { cx: x, cy: y, r: 4 });
  }

  head(x, name, evil) {
    this.add(this.texts, "text", { x, y: 20, class: `head${evil ? " evil" : ""}` }, name);
  }

  life(x, bottom) {
    const node = this.add(this.lines, "path", { class: "life", d: `M${x} 30V${bottom - 6}` });
    this.lines.prepend(node);
  }

  done(height, title) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("class", "diagram");
    svg.setAttribute("viewBox", `0 0 ${WIDTH} ${height}`);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", title);
    svg.append(this.lines, this.texts);
    return svg;
  }
}
