// After a button here did its work and its answer was read, the page is asked for again: it shows what is now.
import { toast } from "./pieces.js";

const KEY = `pressed ${location.pathname}`;
const SAID = `said ${location.pathname}`;

document.addEventListener("submit", (event) => {
  if (event.target.closest("main")) sessionStorage.setItem(KEY, event.submitter?.id ?? "");
});

// A closed form changed nothing; a closed notice may have. `close` does not bubble.
document.getElementById("dialogs").addEventListener("close", closed, true);

// Where the page shows by itself what was done, the answer is one line on it and needs no closing.
document.addEventListener("turned", (event) => {
  sessionStorage.setItem(SAID, event.detail);
  askAgain();
});

function closed(event) {
  if (event.target.matches(".dialog-small")) askAgain();
  else sessionStorage.removeItem(KEY);
}

function askAgain() {
  document.getElementById("main").inert = true; // a press while the page is on its way out would be lost
  location.reload();
}

const said = sessionStorage.getItem(SAID);
if (said) {
  sessionStorage.removeItem(SAID);
  toast(said);
}

const pressed = sessionStorage.getItem(KEY);
if (pressed) {
  sessionStorage.removeItem(KEY);
  (document.getElementById(pressed) ?? document.getElementById("main")).focus({ preventScroll: true });
}
