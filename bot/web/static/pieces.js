// Small things on a page: growing boxes, word counts, menus, the filter of the demo's people, short notes.

export function toast(text) {
  const place = document.getElementById("toast");
  place.textContent = text;
  clearTimeout(place.timer);
  place.timer = setTimeout(() => (place.textContent = ""), 8000);
}

export function fitTextarea(box) {
  if (!box.closest(".composer")) return;
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + 2}px`;
}

// True when a message is too long to be sent: the box keeps all of it, a line says so once and counts on in silence.
export function sayTooLong(box) {
  const letters = [...box.value.trim()].length;
  const wrong = letters > Number(box.dataset.mostLetters);
  const alert = document.getElementById(box.getAttribute("aria-describedby"));
  const count = alert.nextElementSibling;
  alert.parentElement.hidden = !wrong;
  if (wrong !== Boolean(alert.textContent)) alert.textContent = wrong ? alert.dataset.said : "";
  count.dataset.said ??= count.textContent;
  count.textContent = count.dataset.said.replace("{letters}", letters.toLocaleString("en"));
  box.setAttribute("aria-invalid", wrong);
  return wrong;
}

// Near the limit and over it a screen reader hears the count as well, once the writing rests.
const NEAR = 0.9;
const REST = 1200;

export function countWords(box) {
  const most = Number(box.dataset.mostWords);
  const line = box.nextElementSibling ?? addCount(box);
  const [shown, heard] = line.children;
  const words = wordCount(box.value);
  shown.textContent = document.body.dataset.words.replace("{words}", words).replace("{most}", most);
  line.classList.toggle("is-over", words > most);
  clearTimeout(box.rest);
  box.rest = setTimeout(() => (heard.textContent = words >= most * NEAR ? shown.textContent : ""), REST);
}

// Signs that stand alone are no words, and a dash or an ellipsis parts two: the same count that is kept later.
export function wordCount(text) {
  return text.split(/[\s\u200b]+|\u2014|--+|\u2026|\.{3,}/).filter((piece) => /[\p{L}\p{N}]/u.test(piece)).length;
}

function addCount(box) {
  const line = document.createElement("p");
  line.className = "field-count";
  line.innerHTML = '<span></span><span class="hidden" role="status"></span>';
  box.after(line);
  return line;
}

export function closeMenus(target) {
  for (const menu of document.querySelectorAll("details[data-menu][open], :is(.page-head, .pane-head) [data-help][open]")) {
    if (!target || !menu.contains(target)) {
      if (!target && menu.contains(document.activeElement)) menu.querySelector("summary").focus();
      menu.open = false;
    }
  }
}

export function filterPeople(text) {
  const wanted = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  for (const card of document.querySelectorAll(".persona")) {
    const words = card.dataset.words.toLocaleLowerCase();
    card.hidden = !wanted.every((word) => words.includes(word));
  }
  for (const group of document.querySelectorAll(".lea")) {
    const shown = group.querySelectorAll(".persona:not([hidden])").length;
    const count = group.querySelector("[data-all]");
    group.hidden = !shown;
    count.textContent = group.querySelector(".persona[hidden]") ? count.dataset.some.replace("{shown}", shown) : count.dataset.all;
  }
}
