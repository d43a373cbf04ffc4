// A form is sent without leaving the page; its answer is nothing, a dialog, a file, a piece, or a line to read.
import { countWords, fitTextarea, sayTooLong, toast } from "./pieces.js";

export const LIVE = { "X-Live": "1", ...(document.body.dataset.user && { "X-Reader": document.body.dataset.user }) };
let opener = null;
let last = -Infinity;

// When something was last pressed or sent here.
export const pressed = () => last;

export async function submitLive(form, button) {
  if (form.dataset.live === "post") return post(form);
  if (form.getAttribute("aria-busy") === "true") return;
  const large = [...form.querySelectorAll("[data-most-bytes]")].find(isTooLarge);
  if (large) return toast(large.dataset.tooLarge);
  const filled = new FormData(form, button);
  const body = form.enctype === "multipart/form-data" ? filled : new URLSearchParams(filled);
  setBusy(form, button, true);
  last = performance.now();
  try {
    // Not form.action: a field of that name would stand in its place.
    const response = await fetch(form.getAttribute("action"), { method: "POST", body, headers: LIVE });
    await take(response, form, button);
  } catch {
    toast(document.body.dataset.failed);
  } finally {
    setBusy(form, button, false);
  }
}

// Told before it is sent: the server would hang up on a very large one.
const isTooLarge = (input) => [...input.files].some((file) => file.size > Number(input.dataset.mostBytes));

// One message after the other, so that whoever writes on while one is under way loses nothing.
let posts = Promise.resolve();

function post(form) {
  const box = form.elements.text;
  const text = box.value;
  if (!text.trim() || sayTooLong(box)) return;
  box.value = "";
  fitTextarea(box);
  forgetDraft(form);
  posts = posts.then(() => postText(form, text)).catch(() => {
    keepWords(form, text);
    toast(document.body.dataset.failed);
  });
}

// What could not be sent stands in its box again, before what was written since.
function keepWords(form, text) {
  const box = form.elements.text;
  box.value = box.value ? `${text}\n${box.value}` : text;
  fitTextarea(box);
  keepDraft(form);
}

async function postText(form, text) {
  const body = new URLSearchParams(new FormData(form));
  body.set("text", text);
  const response = await fetch(form.getAttribute("action"), { method: "POST", body, headers: LIVE });
  if (response.status >= 400 && ![401, 403, 422].includes(response.status)) throw new Error(response.statusText);
  if (response.status === 403 || response.status === 422) keepWords(form, text);
  await take(response, form, form.querySelector("button"));
}

export async function openLink(link) {
  const response = await fetch(link.href, { headers: LIVE });
  await take(response, null, link);
}

export async function piece(address) {
  const response = await fetch(address, { headers: LIVE });
  if (response.headers.get("X-Other-Reader")) return stop(await response.text());
  if (!response.ok && response.status !== 404) throw new Error(response.statusText);
  return response.ok ? response.text() : "";
}

// This page is somebody else's now: it says so once, and waits for good.
function stop(html) {
  if (!document.querySelector("dialog[data-other]")) show(html, null, null);
  return new Promise(() => {});
}

export function closeDialog() {
  document.querySelector("dialog[open]")?.close();
}

async function take(response, form, from) {
  const nonce = response.headers.get("X-Nonce");
  if (nonce && form?.elements.nonce) form.elements.nonce.value = nonce;
  if (response.status === 401) location.assign("/");
  else if (response.status === 204) settled(form);
  else if (response.headers.get("Content-Disposition")) await save(response, form);
  else if (response.ok && form?.dataset.live === "piece") replace(form.dataset.target, await response.text());
  else if (response.ok && form?.dataset.live === "turn") turn(form, await response.text());
  else await show(await response.text(), form, from);
}

// The page's own script says what was done and shows what is now.
function turn(form, html) {
  const said = new DOMParser().parseFromString(html, "text/html").querySelector(".dialog-body .prose");
  form.dispatchEvent(new CustomEvent("turned", { bubbles: true, detail: said?.textContent.trim() ?? "" }));
}

function settled(form) {
  if (!form) return;
  if (form.dataset.live !== "post") forgetDraft(form);
  if (form.closest("dialog")) closeDialog();
}

async function show(html, form, from) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const dialog = parsed.querySelector("dialog");
  if (!dialog) return toast(parsed.body.textContent.trim());
  // The form in this dialog was answered by another one: the first is done with.
  if (form?.closest("dialog") && !dialog.querySelector("[role=alert], .field-problem")) forgetDraft(form);
  if (!from?.closest("dialog")) opener = from;
  openDialog(dialog);
}

function openDialog(dialog) {
  const place = document.getElementById("dialogs");
  place.replaceChildren(document.adoptNode(dialog));
  dialog.addEventListener("close", () => {
    if (!dialog.isConnected) return;
    place.replaceChildren();
    focusAgain();
  });
  dialog.showModal();
  if (!dialog.querySelector("[role=alert]")) restoreDrafts(dialog);
  dialog.querySelectorAll("[data-most-words]").forEach(countWords);
  start(dialog);
}

// Where a long text comes before the first field, a draft to review say, one begins to read at its top.
function start(dialog) {
  const wrong = dialog.querySelector("[role=alert], [aria-invalid=true]");
  if (wrong) return wrong.focus();
  const first = dialog.querySelector(".field input, .field textarea, .field select, .button-primary");
  first?.focus({ preventScroll: true });
  if (!first || first.getBoundingClientRect().bottom <= dialog.getBoundingClientRect().bottom) return;
  const title = dialog.querySelector("h2");
  title.tabIndex = -1;
  title.focus({ preventScroll: true });
}

function focusAgain() {
  const name = opener?.closest("li")?.id;
  const target = opener?.isConnected ? opener : document.getElementById(name)?.querySelector("a, button");
  // An answer may have come into view meanwhile: focus goes back without taking the page along.
  (target ?? document.querySelector(".composer textarea") ?? document.getElementById("main")).focus({ preventScroll: true });
}

async function save(response, form) {
  const name = decodeURIComponent(response.headers.get("Content-Disposition").split("''")[1] ?? "file");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  settled(form);
}

export function replace(id, html) {
  const target = document.getElementById(id);
  const held = target.contains(document.activeElement) ? document.activeElement.id : "";
  target.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  if (held) (document.getElementById(held) ?? target.querySelector("button, a"))?.focus();
}

function setBusy(form, button, busy) {
  form.setAttribute("aria-busy", busy);
  button?.setAttribute("aria-disabled", busy);
  const words = button?.dataset.busy && button.querySelector("span");
  if (words && busy) words.textContent = button.dataset.busy;
  document.getElementById(form.dataset.target ?? "")?.setAttribute("aria-busy", busy);
}

// What somebody was writing outlives a closed dialog or a reload in this window; another person never finds it.
const draftKey = (form) => `draft ${document.body.dataset.user} ${form.dataset.draft}`;

export function keepDraft(form) {
  if (!form?.dataset.draft) return;
  const pairs = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && (name === "text" || name.startsWith("f.")));
  sessionStorage.setItem(draftKey(form), JSON.stringify(pairs));
}

function forgetDraft(form) {
  if (form.dataset.draft) sessionStorage.removeItem(draftKey(form));
}

export function restoreDrafts(root) {
  for (const form of root.querySelectorAll("form[data-draft]")) {
    const pairs = JSON.parse(sessionStorage.getItem(draftKey(form)) ?? "[]");
    for (const control of pairs.length ? form.elements : []) {
      const values = pairs.filter(([name]) => name === control.name).map(([, value]) => value);
      if (control.name !== "text" && !control.name.startsWith("f.")) continue;
      if (control.matches("[type=checkbox], [type=radio]")) control.checked = values.includes(control.value);
      else if (values.length && control.type !== "file") control.value = values[0];
    }
  }
}
