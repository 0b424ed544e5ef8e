// The page is whole without this: a slider instead of buttons, and the values under the pointer.
"use strict";
document.documentElement.classList.add("js");

let charts = [];
// The images under the pointer.
let pointed = null;

function dress() {
  for (const picker of document.querySelectorAll(".picker")) {
    const picks = [...picker.querySelectorAll(".pick")];
    if (picks.length < 2) continue;
    const slider = document.createElement("input");
    Object.assign(slider, { type: "range", min: 0, max: picks.length - 1 });
    slider.value = picks.findIndex((pick) => pick.checked);
    slider.setAttribute("aria-label", "sample sheet");
    slider.addEventListener("input", () => { picks[slider.value].checked = true; });
    picks.forEach((pick, at) => {
      pick.tabIndex = -1;
      pick.addEventListener("change", () => { slider.value = at; });
    });
    picker.prepend(slider);
  }

  charts = [...document.querySelectorAll(".chart")].map((figure) => {
    const svg = figure.querySelector("svg:not(.swatch)");
    const cross = document.createElementNS("http://www.w3.org/2000/svg", "path");
    cross.setAttribute("class", "cross");
    svg.append(cross);
    const values = JSON.parse(figure.dataset.values);
    svg.addEventListener("pointermove", (event) => {
      const box = svg.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * values.width;
      const share = (x - values.left) / (values.right - values.left);
      point(Math.min(Math.max(share, 0), 1) * values.end);
    });
    svg.addEventListener("pointerleave", () => point(null));
    return { cross, outputs: figure.querySelectorAll("output"), values };
  });
  point(pointed);
}

// Three digits, as elsewhere on the page.
function shown(value) {
  if (value === null) return "not finite";
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}

// The last point up to a number of images.
function before(points, images) {
  let low = 0, high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle][0] <= images) low = middle + 1; else high = middle;
  }
  return points[Math.max(low - 1, 0)];
}

function point(images) {
  pointed = images;
  for (const { cross, outputs, values } of charts) {
    const x = values.left + (images / values.end) * (values.right - values.left);
    cross.setAttribute("d", images === null ? "" : `M${x} 30V204`);
    values.lines.forEach((line, at) => {
      outputs[at].textContent = images === null ? "" : shown(before(line.points, images)[1]);
    });
  }
}

dress();
