// The server says that something changed and where; this asks for it and puts it in its place, in order.
import { LIVE, piece, pressed, replace } from "./forms.js";
import { toast } from "./pieces.js";

const page = document.body.dataset;
const NEAR = 160;
const SOON = 5000;
let source = null;
let after = page.after;
let work = Promise.resolve();
let resting = 0;
// The newest message here that the server does not know we have seen.
let latest = 0;

export function goLive() {
  // A page beside the chat listens for the clock alone.
  if (page.after === undefined && !document.getElementById("clock")) return;
  scrollToStart();
  connect();
  // A browser keeps few connections to one address: windows that nobody looks at give theirs back after a while.
  document.addEventListener("visibilitychange", () => {
    clearTimeout(resting);
    if (document.hidden) resting = setTimeout(disconnect, 60000);
    else if (!source) connect();
    if (!document.hidden) queue(read);
  });
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}

function connect() {
  const face = document.getElementById("clock")?.dataset.face ?? "";
  source = new EventSource(`/events?after=${after ?? ""}&clock=${face}`);
  source.addEventListener("change", (event) => {
    after = event.lastEventId || after;
    queue(() => changed(JSON.parse(event.data)));
  });
  source.addEventListener("clock", () => queue(refreshClock));
  source.addEventListener("everything", () => page.room && location.reload());
  source.addEventListener("error", () => source?.readyState === EventSource.CLOSED && lost());
}

function disconnect() {
  source?.close();
  source = null;
}

function lost() {
  toast(page.lost);
  disconnect();
  setTimeout(() => source ?? connect(), 4000);
}

function queue(task) {
  work = work.then(task).catch(() => toast(page.lost));
}

async function changed({ room, message, thread }) {
  if (!page.room) return;
  if (room === page.room && message) {
    latest = Math.max(latest, message);
    await put("messages", thread ?? message, "");
    const root = String(thread ?? message);
    if (page.thread === root) await put("thread-messages", message, "?in=thread");
    await read();
  }
  replace("sidebar", await piece(`/chat/sidebar?view=${page.view}&room=${encodeURIComponent(page.room)}`));
}

async function put(listId, id, query) {
  const list = document.getElementById(listId);
  const known = document.getElementById((query ? "t" : "m") + id);
  if (!known && "older" in list.dataset) return;
  if (!known && list.lastElementChild && Number(list.lastElementChild.dataset.id) > id) return;
  const html = await piece(`/chat/${page.room}/messages/${id}${query}`);
  const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("li");
  const log = list.closest(".log");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
  if (known) swap(known, fresh);
  else if (fresh) list.append(fresh);
  if (fresh) log.querySelector(".empty")?.remove();
  if (atEnd) log.scrollTop = log.scrollHeight;
  if (fresh && !known && isAnswer(fresh)) bringUp(fresh);
}

// What is said to this reader alone, or, in their own conversation, just after they pressed something.
function isAnswer(item) {
  return item.classList.contains("is-whisper") || (page.room.startsWith("dm-") && performance.now() - pressed() < SOON);
}

// An answer to what somebody just did: never left below the edge of the screen, or in a part of the page that is hidden.
function bringUp(item) {
  if (document.hidden) return;
  if (item.offsetParent) item.scrollIntoView({ block: "nearest" });
  else toast(item.querySelector(".prose").textContent.trim());
}

function swap(known, fresh) {
  const held = [...known.querySelectorAll("a, button")].indexOf(document.activeElement);
  const near = fresh ?? known.nextElementSibling ?? known.previousElementSibling;
  if (fresh) known.replaceWith(fresh);
  else known.remove();
  if (held >= 0) (fresh?.querySelectorAll("a, button")[held] ?? standAt(near))?.focus({ preventScroll: true });
}

// What was pressed is gone: who goes by keyboard then stands at the message, not at the top of the page.
function standAt(item) {
  item?.setAttribute("tabindex", "-1");
  return item;
}

async function read() {
  if (!latest || document.hidden || page.view !== "room") return;
  const body = new URLSearchParams({ csrf: page.csrf, message: latest });
  latest = 0;
  await fetch(`/chat/${page.room}/read`, { method: "POST", body, headers: LIVE });
}

async function refreshClock() {
  const clock = document.getElementById("clock");
  if (clock && clock.getAttribute("aria-busy") !== "true") replace("clock", await piece("/clock"));
}

function scrollToStart() {
  for (const log of document.querySelectorAll(".log")) {
    const target = document.getElementById("new") ?? document.querySelector(".message:target");
    if (target && log.contains(target)) target.scrollIntoView({ block: "center" });
    else log.scrollTop = log.scrollHeight;
  }
}
