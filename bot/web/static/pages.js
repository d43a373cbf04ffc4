// After a button here did its work and its answer was read, the page is asked for again: it shows what is now.
const KEY = `pressed ${location.pathname}`;

document.addEventListener("submit", (event) => {
  if (event.target.closest("main")) sessionStorage.setItem(KEY, event.submitter?.id ?? "");
});

// A closed form changed nothing; a closed notice may have. `close` does not bubble.
document.getElementById("dialogs").addEventListener("close", closed, true);

function closed(event) {
  if (event.target.matches(".dialog-small")) {
    document.getElementById("main").inert = true; // a press while the page is on its way out would be lost
    location.reload();
  } else sessionStorage.removeItem(KEY);
}

const pressed = sessionStorage.getItem(KEY);
if (pressed) {
  sessionStorage.removeItem(KEY);
  (document.getElementById(pressed) ?? document.getElementById("main")).focus({ preventScroll: true });
}
