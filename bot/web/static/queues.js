// What the page shows goes on by itself, unless somebody is in the middle of it.
import { piece } from "./forms.js";

const EVERY = 5000;
const place = document.getElementById("queues-now");

setInterval(async () => {
  if (document.hidden || isInUse()) return;
  const html = await piece("/queues").catch(() => "");
  if (html && !isInUse()) place.innerHTML = html;
}, EVERY);

function isInUse() {
  return place.contains(document.activeElement) || !getSelection().isCollapsed;
}
