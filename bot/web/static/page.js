// What a page gains with scripts on. Without them every link and form here works by itself.
import { closeMenus, filterPeople, fitTextarea, countWords, sayTooLong } from "./pieces.js";
import { keepDraft, restoreDrafts, submitLive, openLink, closeDialog } from "./forms.js";
import { goLive } from "./live.js";

document.addEventListener("submit", (event) => {
  if (event.target.dataset.live) {
    event.preventDefault();
    submitLive(event.target, event.submitter);
  }
});

document.addEventListener("click", (event) => {
  closeMenus(event.target);
  const link = event.target.closest("a[data-live-link]");
  const close = event.target.closest("dialog [data-close]");
  if (link && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    openLink(link);
  } else if (close) {
    event.preventDefault();
    closeDialog();
  }
});

document.addEventListener("input", (event) => {
  if (event.target.matches("textarea")) fitTextarea(event.target);
  if (event.target.dataset.mostWords) countWords(event.target);
  if (event.target.dataset.mostLetters) sayTooLong(event.target);
  if (event.target.closest("[data-filter]")) filterPeople(event.target.value);
  keepDraft(event.target.form);
});

document.addEventListener("keydown", (event) => {
  const writing = event.target.matches("input, textarea, select");
  if (event.key === "Enter" && event.target.matches("textarea")) sendOnEnter(event);
  if (event.key === "Escape") closeMenus(null);
  if (event.key === "?" && !writing) document.querySelector("[data-help] summary")?.click();
});

function sendOnEnter(event) {
  const composer = event.target.closest(".composer");
  const wanted = event.ctrlKey || event.metaKey || (composer && !event.shiftKey && matchMedia("(pointer: fine)").matches);
  if (wanted && !event.isComposing) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
}

restoreDrafts(document);
document.querySelectorAll("textarea").forEach(fitTextarea);
document.querySelectorAll("[data-most-words]").forEach(countWords);
goLive();
