
// Of a run that trains: each new page takes the place of the old one, where the reader is.
const sign = document.querySelector(".live");
let known = "";

function take(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("main");
  const main = document.querySelector("main");
  const [x, y] = [scrollX, scrollY];
  // Whoever looks at the newest sheet goes on to; another one stays.
  const chosen = main.querySelector(".pick:checked");
  const newest = [...main.querySelectorAll(".pick")].at(-1);
  if (chosen && chosen !== newest) {
    const same = [...fresh.querySelectorAll(".pick")].find((pick) => pick.ariaLabel === chosen.ariaLabel);
    if (same) same.checked = true;
  }
  const slid = document.activeElement?.matches(".picker input");
  const open = [...main.querySelectorAll("details")].map((details) => details.open);
  fresh.querySelectorAll("details").forEach((details, at) => { details.open = open[at] ?? false; });
  main.replaceWith(fresh);
  dress();
  if (slid) fresh.querySelector(".picker input")?.focus({ preventScroll: true });
  scrollTo(x, y);
}

async function renew() {
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    const text = await answer.text();
    if (answer.ok && text !== known) take(text);
    if (answer.ok) known = text;
    sign.textContent = answer.ok ? "live" : text;
    sign.classList.toggle("gone", !answer.ok);
  } catch {
    sign.textContent = `No longer served; so it was last. Its report is ${sign.dataset.report}`;
    sign.classList.add("gone");
  }
}

// A slider that is being moved is not taken away.
const isBusy = () => document.hidden || document.querySelector(".picker input:active");
setInterval(() => { if (!isBusy()) renew(); }, sign.dataset.seconds * 1000);
