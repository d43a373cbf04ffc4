// The forming board with scripts on: carry somebody by pointer or by keys, see before the drop what each place does to
// the score. What is dropped is the form of the place, sent like any other; without scripts it is a page.
import { toast } from "./pieces.js";
import { piece } from "./forms.js";
import { follow } from "./drag.js";
import { fold } from "./folds.js";

const board = document.getElementById("board");
const places = document.getElementById("places");
const said = document.getElementById("board-said");
const main = document.getElementById("main");
const bar = document.getElementById("carrying");
const narrow = matchMedia("(max-width: 45rem)");
const MOVED = "moved /forming";
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
let carried = null;

if (board) begin();

function begin() {
  for (const one of document.querySelectorAll(".grip, #board-keys, #folding")) one.hidden = false;
  for (const grip of document.querySelectorAll(".grip")) {
    grip.addEventListener("keydown", pressKey);
    grip.addEventListener("click", (event) => turn(event.target.closest(".seat")));
  }
  document.addEventListener("click", dropByClick, true);
  document.addEventListener("keydown", undoByKey);
  follow(main, { pick, over: consider, drop, back: putBack });
  document.addEventListener("keydown", (event) => event.key === "Escape" && carried && putBack());
  bar.querySelector("button").addEventListener("click", () => putBack());
  document.addEventListener("submit", rememberGrip);
  document.getElementById("choose")?.addEventListener("submit", askForChoice);
  fold(board);
  focusMoved();
}

// With nothing ticked there is nothing to approve: said here, the page stays as it is.
function askForChoice(event) {
  if (new FormData(event.target).has("group")) return;
  event.preventDefault();
  toast(event.target.dataset.none);
}

// Picking up: what every place would do is asked for now, for this person alone.
async function pick(seat) {
  putBack(false);
  const mine = { seat, at: -1, stops: [] };
  carried = mine;
  seat.classList.add("is-carried");
  document.getElementById("new-group").hidden = false;
  const html = await piece(`/forming/person/${encodeURIComponent(seat.dataset.person)}`).catch(() => null);
  if (carried !== mine) return false;
  if (!html) {
    putBack(false);
    toast(document.body.dataset.failed);
    return false;
  }
  places.innerHTML = html;
  // In the order of the answer: the best first.
  mine.stops = [...places.querySelectorAll(".place")].map(laneOf).filter(Boolean);
  for (const lane of mine.stops) show(lane, placeOf(lane));
  return true;
}

function placeOf(lane) {
  return [...places.querySelectorAll(".place")].find((place) => place.dataset.to === lane.dataset.to);
}

function laneOf(place) {
  return [...document.querySelectorAll(".lane:not([hidden])")].find((lane) => lane.dataset.to === place.dataset.to);
}

function show(lane, place) {
  const possible = Boolean(place.querySelector("form"));
  lane.classList.add(possible ? "is-open" : "is-shut");
  lane.classList.toggle("is-gain", possible && Number(place.dataset.change) > 0);
  lane.querySelector(".lane-says").textContent = place.dataset.says;
}

function consider(lane) {
  if (!carried) return;
  for (const one of document.querySelectorAll(".lane.is-over")) one.classList.remove("is-over");
  lane?.classList.add("is-over");
}

function drop(lane) {
  if (!carried) return;
  const place = lane && placeOf(lane);
  const button = place?.querySelector("form button");
  if (place && !button) toast(place.dataset.says);
  if (!button) return putBack();
  button.form.requestSubmit(button);
  tidy();
}

function putBack(speak = true) {
  if (!carried) return;
  const { seat } = carried;
  const pressed = !bar.hidden;
  tidy();
  if (pressed && narrow.matches) seat.scrollIntoView({ block: "center" });
  if (speak) say(board.dataset.dropped.replace("{name}", seat.dataset.name));
}

function tidy() {
  carried.seat.classList.remove("is-carried");
  carried = null;
  bar.hidden = true;
  main.classList.remove("is-choosing");
  document.getElementById("new-group").hidden = true;
  for (const lane of document.querySelectorAll(".lane")) {
    lane.classList.remove("is-open", "is-shut", "is-gain", "is-over");
    lane.querySelector(".lane-says").textContent = "";
  }
}

// By keys: Enter or Space picks up and drops, arrows go from place to place, Escape puts back.
// Also a click on the dots, which is how a screen reader presses: it picks up, and the next one drops or puts back.
async function turn(seat) {
  if (carried?.seat !== seat) return (await pick(seat)) && start();
  if (carried.at >= 0) drop(carried.stops[carried.at]);
  else putBack();
}

// Who cannot drag clicks: first on the dots, then where the person is to go.
function dropByClick(event) {
  if (!carried || event.target.closest(".grip, #places, #carrying, .top, dialog")) return;
  const lane = event.target.closest(".lane");
  event.preventDefault();
  event.stopPropagation();
  if (lane && placeOf(lane)) drop(lane);
  else putBack();
}

function undoByKey(event) {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || event.target.matches("input")) return;
  const button = document.querySelector(`[id^="form-${event.shiftKey ? "redo" : "undo"}-"]`);
  if (!button) return;
  event.preventDefault();
  button.click();
}

async function pressKey(event) {
  const seat = event.target.closest(".seat");
  const mine = carried?.seat === seat;
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    await turn(seat);
  } else if (mine && event.key in STEPS) {
    event.preventDefault();
    step(STEPS[event.key]);
  } else if (mine && event.key === "Tab") putBack();
}

// Who presses is told where to go: on a small screen every place is farther down than the eye reaches.
function start() {
  const { seat, stops } = carried;
  const here = stops.length ? document.getElementById("board-keys").innerText : board.dataset.nothing;
  const way = stops.length ? bar.dataset.says : `${seat.dataset.name}: ${board.dataset.nothing}`;
  bar.querySelector("p").textContent = way.replace("{name}", seat.dataset.name);
  bar.querySelector("a").href = `/forming/person/${encodeURIComponent(seat.dataset.person)}`;
  bar.hidden = false;
  main.classList.add("is-choosing");
  if (narrow.matches) stops.find((lane) => lane.classList.contains("is-open"))?.scrollIntoView({ block: "center" });
  say(board.dataset.picked.replace("{name}", seat.dataset.name).replace("{place}", here));
}

function step(by) {
  const { stops, at } = carried;
  if (!stops.length) return say(board.dataset.nothing);
  carried.at = at < 0 ? (by > 0 ? 0 : stops.length - 1) : (at + by + stops.length) % stops.length;
  const lane = stops[carried.at];
  consider(lane);
  lane.scrollIntoView({ block: "nearest" });
  const { says, why } = placeOf(lane).dataset;
  const open = lane.classList.contains("is-open");
  say(`${lane.dataset.label}: ${open ? `${says}. ${why}` : board.dataset.cannot.replace("{why}", says)}`);
}

function say(text) {
  said.textContent = text;
}

// After the page has come again, whoever was moved has the focus.
function rememberGrip(event) {
  const list = event.target.closest("#places .places");
  if (list) sessionStorage.setItem(MOVED, `grip-${list.dataset.of}`);
}

function focusMoved() {
  const moved = sessionStorage.getItem(MOVED);
  sessionStorage.removeItem(MOVED);
  if (moved) document.getElementById(moved)?.focus({ preventScroll: true });
}
