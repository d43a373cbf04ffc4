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

export function countWords(box) {
  const [, most] = box.dataset.words.split(" ").map(Number);
  if (!most || !box.name) return;
  let line = box.nextElementSibling;
  if (!line) {
    line = document.createElement("p");
    line.className = "field-count";
    box.after(line);
  }
  const words = box.value.split(/\s+/).filter(Boolean).length;
  line.textContent = `${words} / ${most} ${document.body.dataset.words}`;
  line.classList.toggle("is-over", words > most);
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
    group.hidden = !group.querySelector(".persona:not([hidden])");
  }
}
