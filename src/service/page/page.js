"use strict";
// The chat page: every message is one turn of /v1/chat. Texts are set as text, never as markup.
// Nothing of the conversation is kept in the browser: who opens the page next begins anew. A key, where
// the server asks for one, lasts as long as the tab.

const conversation = document.getElementById("conversation");
const form = document.getElementById("ask");
const input = document.getElementById("question");
const languages = document.getElementById("language");

const access = document.getElementById("access");
const key = document.getElementById("key");

let session = null;
// What the server did not take without a key.
let refused = null;
let labels = LABELS.en;
// Turns follow each other: a second message waits for the reply to the first.
let last = Promise.resolve();

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function speak(tag) {
  const primary = tag.split("-")[0];
  labels = LABELS[primary] || LABELS.en;
  document.documentElement.lang = LABELS[primary] ? tag : "en";
  document.documentElement.dir = RIGHT_TO_LEFT.includes(primary) ? "rtl" : "ltr";
  for (const node of document.querySelectorAll("[data-label]")) {
    node.textContent = labels[node.dataset.label];
  }
  input.placeholder = labels.placeholder;
}

function choiceButtons(choices) {
  const list = element("ol", "choices");
  choices.forEach((choice, at) => {
    const button = element("button");
    button.type = "button";
    button.dataset.choice = choice.id;
    button.append(element("span", "number", `${at + 1}`), element("span", "title", choice.title));
    if (choice.description) button.append(element("span", "description", choice.description));
    button.addEventListener("click", () => say({ choice: choice.id }, choice.title));
    const item = document.createElement("li");
    item.append(button);
    list.append(item);
  });
  return list;
}

function resourceLinks(resources) {
  const list = element("ul", "resources");
  for (const resource of resources) {
    const item = document.createElement("li");
    const size = resource.size_bytes === null ? "" : ` (${Math.ceil(resource.size_bytes / 1000)} kB)`;
    if (/^https?:/.test(resource.url)) {
      const link = element("a", "", resource.title);
      link.href = resource.url;
      link.rel = "noopener noreferrer";
      link.target = "_blank";
      item.append(link, size);
    } else {
      item.textContent = resource.title + size;
    }
    list.append(item);
  }
  return list;
}

function explained(part) {
  const value = part.value === undefined ? "" : ` ${part.value.toFixed(3)}`;
  const text = part.text ? ` ${part.text}` : "";
  if (!part.parts) return element("div", "", `${part.name}${value}${text}`);
  const group = element("div", "group", `${part.name}${value}${text}`);
  group.append(...part.parts.map(explained));
  return group;
}

// Why this answer: what was reviewed by whom, and the numbers behind the decision.
async function explain(drawer, question, entry) {
  const body = { question: question || entry, explain: true };
  const found = question === null ? null : await post("/v1/search", body);
  const response = await request(`/v1/entries/${encodeURIComponent(entry)}?language=${document.documentElement.lang}`);
  if (response.ok) {
    const answer = await response.json();
    const reviewed = `${labels.reviewed} ${answer.reviewed_by}, ${answer.reviewed_on}; ${labels.until} ${answer.valid_until}`;
    drawer.append(element("p", "", `${answer.entry} · ${answer.language} · ${reviewed}`));
    if (answer.sources.length > 0) drawer.append(element("p", "", labels.sources));
    const list = element("ul");
    for (const source of answer.sources) {
      list.append(element("li", "", `${source.title}. ${source.publisher}, ${source.year}`));
    }
    drawer.append(list);
  }
  if (!found) return;
  drawer.append(element("p", "", `${labels.confidence}: ${Math.round(found.confidence * 100)} % (${found.reason})`));
  if (found.candidates.length > 1) {
    drawer.append(element("p", "", labels.close));
    const list = element("ul");
    for (const candidate of found.candidates.slice(1)) {
      list.append(element("li", "", `${candidate.question} (${Math.round(candidate.confidence * 100)} %)`));
    }
    drawer.append(list);
  }
  if (found.explain) {
    const numbers = explained(found.explain);
    numbers.dir = "ltr";
    numbers.lang = "en";
    drawer.append(numbers);
  }
}

function why(question, entry) {
  const drawer = element("details", "why");
  drawer.append(element("summary", "", labels.why));
  const body = element("div", "numbers");
  drawer.append(body);
  drawer.addEventListener("toggle", () => {
    if (drawer.open && body.childElementCount === 0) {
      explain(body, question, entry).catch(() => body.append(element("p", "", labels.away)));
    }
  });
  return drawer;
}

function show(reply, question) {
  for (const list of conversation.querySelectorAll(".choices")) list.remove();
  if (reply.language) speak(reply.language);
  document.getElementById("sample").hidden = !reply.sample;
  const turn = element("section", `turn ${reply.kind}`);
  turn.dataset.kind = reply.kind;
  if (reply.entry) turn.dataset.entry = reply.entry;
  if (reply.language) turn.lang = reply.language;
  const text = element("p", "text", reply.text);
  text.dir = "auto";
  turn.append(text);
  if (reply.entry) turn.append(why(question, reply.entry));
  if (reply.resources) turn.append(resourceLinks(reply.resources));
  turn.append(choiceButtons(reply.choices));
  conversation.append(turn);
  turn.scrollIntoView({ block: "start" });
}

// A browser may forbid a page to remember anything; then the key is asked for once more.
function rememberedKey() {
  try {
    return sessionStorage.getItem("key") || key.value;
  } catch {
    return key.value;
  }
}

function rememberKey() {
  try {
    sessionStorage.setItem("key", key.value.trim());
  } catch { /* It stays in its field. */ }
}

function request(path, options = {}) {
  const known = rememberedKey();
  const headers = { ...options.headers, ...(known ? { "X-Api-Key": known } : {}) };
  return fetch(path, { ...options, headers });
}

async function post(path, body) {
  const response = await request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const reply = await response.json();
  if (response.ok) return reply;
  throw Object.assign(new Error(reply.error.message), { status: response.status });
}

function say(message, shown) {
  last = last.then(() => turn(message, shown));
  return last;
}

async function turn(message, shown) {
  if (shown) {
    const mine = element("section", "turn mine", shown);
    mine.dir = "auto";
    conversation.append(mine);
  }
  try {
    const body = session === null ? message : { session, ...message };
    const { session: name, reply } = await post("/v1/chat", body);
    session = name;
    show(reply, message.text || null);
  } catch (error) {
    if (error.status === 401) {
      refused = message;
      access.hidden = false;
      key.focus();
      return;
    }
    const text = error instanceof TypeError ? labels.away : error.message;
    conversation.append(element("section", "turn notice", text));
  }
  input.focus({ preventScroll: true });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = input.value.trim();
  if (text === "") return;
  input.value = "";
  say({ text }, text);
});

// The message that was refused is sent again, with the key.
access.addEventListener("submit", (event) => {
  event.preventDefault();
  rememberKey();
  access.hidden = true;
  if (refused) say(refused, null);
});

languages.addEventListener("change", () => {
  if (languages.value) say({ choice: `lang:${languages.value}` }, null);
});

async function begin() {
  const state = await (await fetch("/readyz")).json();
  document.getElementById("sample").hidden = !state.sample;
  for (const tag of state.languages.filter((it) => LABELS[it])) {
    const option = element("option", "", new Intl.DisplayNames([tag], { type: "language" }).of(tag));
    option.value = tag;
    option.lang = tag;
    languages.append(option);
  }
}

speak("en");
begin().catch(() => {});
// A link may carry a question behind `#q=`; the part behind # is never sent to a server log.
const linked = new URLSearchParams(location.hash.slice(1)).get("q");
if (linked) say({ text: linked }, linked);
else say({ text: "" }, null);
