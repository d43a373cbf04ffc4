// Carrying a card with mouse, pen or finger: from its dots, or with a mouse from its head. Pointer events alone, so a
// page still scrolls under a finger that is not on the dots.

const FAR = 6; // pixels before a press becomes a carry
const EDGE = 72; // within so many pixels of the window's edge it scrolls
const PACE = 14;

// `pick(seat)` when it begins, `over(lane)` as it goes on, `drop(lane)` or `back()` at the end.
export function follow(root, { pick, over, drop, back }) {
  let going = null;

  root.addEventListener("pointerdown", (event) => {
    const seat = event.target.closest(".seat");
    const handle = event.target.closest(event.pointerType === "mouse" ? ".seat-head" : ".grip");
    if (!seat || !handle || event.button !== 0 || event.target.closest("a, input, summary")) return;
    going = { seat, id: event.pointerId, x: event.clientX, y: event.clientY, ghost: null, ready: null };
  });

  document.addEventListener("pointermove", (event) => {
    if (!going || event.pointerId !== going.id) return;
    if (!going.ghost && Math.hypot(event.clientX - going.x, event.clientY - going.y) < FAR) return;
    if (!going.ghost) lift(going, pick);
    event.preventDefault();
    place(going.ghost, event);
    going.speed = pace(event.clientY);
    over(laneAt(event));
  });

  document.addEventListener("pointerup", (event) => end(event, async (done) => {
    const lane = laneAt(event);
    if (await done.ready) drop(lane);
  }));
  document.addEventListener("pointercancel", (event) => end(event, () => back()));
  document.addEventListener("keydown", (event) => event.key === "Escape" && going && end({ pointerId: going.id }, () => {}));

  function end(event, then) {
    if (!going || event.pointerId !== going.id) return;
    const done = going;
    going = null;
    if (!done.ghost) return;
    done.ghost.remove();
    document.documentElement.classList.remove("is-carrying");
    // The click that follows a carry with the mouse is no press of a button; after a finger's there is none.
    addEventListener("click", swallow, true);
    setTimeout(() => removeEventListener("click", swallow, true), 50);
    setTimeout(() => then(done));
  }

  function lift(one, begin) {
    one.ghost = document.createElement("div");
    one.ghost.className = "ghost";
    one.ghost.append(...[...one.seat.querySelector(".seat-head").children].slice(1, 3).map((part) => part.cloneNode(true)));
    document.body.append(one.ghost);
    document.documentElement.classList.add("is-carrying");
    getSelection().removeAllRanges();
    one.ready = begin(one.seat);
    requestAnimationFrame(() => scrollOn(one));
  }

  function scrollOn(one) {
    if (going !== one) return;
    if (one.speed) scrollBy(0, one.speed);
    requestAnimationFrame(() => scrollOn(one));
  }
}

function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
}

function place(ghost, event) {
  ghost.style.translate = `${event.clientX + 8}px ${event.clientY + 8}px`;
}

function laneAt(event) {
  return document.elementFromPoint(event.clientX, event.clientY)?.closest(".lane") ?? null;
}

function pace(y) {
  if (y < EDGE) return -PACE;
  return y > innerHeight - EDGE ? PACE : 0;
}
