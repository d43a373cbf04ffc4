// Many cohorts: find people in them, open and close them, and keep what was open when the page comes again.
const FOLDED = "folded /forming";

export function fold(board) {
  document.getElementById("find").addEventListener("input", (event) => find(event.target.value));
  document.getElementById("fold-all").addEventListener("click", () => foldAll(false));
  document.getElementById("unfold-all").addEventListener("click", () => foldAll(true));
  restore();
  board.addEventListener("toggle", keep, true);
}

function folds() {
  return [...document.querySelectorAll(".lane > .fold")];
}

function find(text) {
  const wanted = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  for (const seat of document.querySelectorAll(".seat")) {
    seat.hidden = !wanted.every((word) => seat.dataset.words.includes(word));
  }
  for (const card of document.querySelectorAll(".lanes > .lane:not(.lane-new), .waits")) {
    const found = card.querySelector(".seat:not([hidden])");
    card.hidden = wanted.length > 0 && !found;
    if (wanted.length && found && card.matches(".lane")) card.querySelector(".fold").open = true;
  }
}

function foldAll(open) {
  for (const one of folds()) one.open = open;
}

function keep() {
  sessionStorage.setItem(FOLDED, JSON.stringify(folds().map((one) => [one.parentElement.dataset.to, one.open])));
}

function restore() {
  const known = new Map(JSON.parse(sessionStorage.getItem(FOLDED) ?? "[]"));
  for (const one of folds()) one.open = known.get(one.parentElement.dataset.to) ?? one.open;
}
