"use strict";
// The chat page: sends a question to /v1/search and shows the decision. Texts are set as text,
// never as markup.

const conversation = document.getElementById("conversation");
const form = document.getElementById("ask");
const input = document.getElementById("question");

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  node.dir = "auto";
  return node;
}

function percent(value) {
  return `${Math.round(value * 100)} %`;
}

function showAnswer(turn, reply) {
  const { answer } = reply;
  turn.lang = answer.language;
  turn.append(element("h2", "", answer.question), element("p", "text", answer.text));
  const checked = `Reviewed by ${answer.reviewed_by} on ${answer.reviewed_on}, valid until ${answer.valid_until}`;
  const about = element("p", "meta", `${answer.entry} · ${answer.language} · confidence ${percent(reply.confidence)} · ${checked}`);
  about.lang = "en";
  turn.append(about);
  if (answer.sources.length > 0) {
    const sources = element("details");
    sources.lang = "en";
    sources.append(element("summary", "", "Sources"));
    for (const source of answer.sources) {
      sources.append(element("div", "", `${source.title}. ${source.publisher}, ${source.year}`));
    }
    turn.append(sources);
  }
}

function choices(candidates) {
  const list = element("ul", "choices");
  for (const candidate of candidates) {
    const button = element("button", "", candidate.question);
    button.type = "button";
    button.title = `${candidate.entry} · ${percent(candidate.confidence)}`;
    button.addEventListener("click", () => ask(candidate.question));
    const item = document.createElement("li");
    item.append(button);
    list.append(item);
  }
  return list;
}

function showAlternatives(turn, reply) {
  const others = reply.candidates.slice(1);
  if (others.length === 0) return;
  const more = element("details");
  more.append(element("summary", "", "Other questions close to yours"), choices(others));
  turn.append(more);
}

function show(reply) {
  const turn = element("section", "turn");
  document.getElementById("sample").hidden = !reply.sample;
  if (reply.answer) {
    showAnswer(turn, reply);
    showAlternatives(turn, reply);
  } else {
    const message = reply.message || "No reviewed answer fits this question.";
    const clarify = reply.decision === "clarify";
    if (reply.decision === "urgent") turn.classList.add("urgent");
    turn.append(element("p", "text", clarify ? message.split("\n")[0] : message));
    if (clarify) turn.append(choices(reply.candidates));
    turn.append(element("p", "meta", `${reply.decision} · ${reply.reason} · confidence ${percent(reply.confidence)}`));
  }
  conversation.append(turn);
  turn.scrollIntoView({ block: "nearest" });
}

function showError(message) {
  const turn = element("section", "turn", message);
  conversation.append(turn);
}

async function ask(question) {
  conversation.append(element("section", "turn mine", question));
  try {
    const response = await fetch("/v1/search", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ question }),
    });
    const reply = await response.json();
    if (response.ok) show(reply);
    else showError(reply.error.message);
  } catch {
    showError("The server cannot be reached. Try again.");
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const question = input.value.trim();
  if (question === "") return;
  input.value = "";
  ask(question);
});

// A link may carry a question behind `#q=`; the part behind # is never sent to a server log.
const linked = new URLSearchParams(location.hash.slice(1)).get("q");
if (linked) ask(linked);

fetch("/readyz")
  .then((response) => response.json())
  .then((state) => { document.getElementById("sample").hidden = !state.sample; })
  .catch(() => {});
