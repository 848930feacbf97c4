#include "runners/sweep/page/page_script.h"

namespace agon {

const char* const kScriptParallel = R"~(
// ---- parallel coordinates

function valueOf(row, k) {
  return k < axes.length ? row.values[k] : row.means[k - axes.length];
}

// Dragging on the axis at x calls changed([y, y]); a click, changed(null).
function addBrush(svg, x, top, bottom, changed) {
  const box = draw(svg, 'rect', {class: 'brush', x: x - 9, width: 18, y: top, height: 0, visibility: 'hidden'});
  const grip = draw(svg, 'rect', {class: 'grip', x: x - 14, width: 28, y: top, height: bottom - top});
  const height = event => {
    const y = event.clientY - svg.getBoundingClientRect().top;
    return Math.min(bottom, Math.max(top, y));
  };
  const show = range => {
    box.setAttribute('visibility', range ? 'visible' : 'hidden');
    if (!range) return;
    box.setAttribute('y', range[0]);
    box.setAttribute('height', range[1] - range[0]);
  };
  let start = null;
  grip.addEventListener('pointerdown', event => {
    event.preventDefault();
    start = height(event);
    grip.setPointerCapture(event.pointerId);
  });
  grip.addEventListener('pointermove', event => {
    if (start === null) return;
    const range = [Math.min(start, height(event)), Math.max(start, height(event))];
    const dragged = range[1] - range[0] >= 4;
    show(dragged ? range : null);
    changed(dragged ? range : null);
  });
  grip.addEventListener('pointerup', event => {
    if (start !== null && Math.abs(height(event) - start) < 4) clear();
    start = null;
  });
  grip.addEventListener('pointercancel', () => start = null);
  function clear() {
    show(null);
    changed(null);
  }
  return clear;
}

function addBar(place) {
  const bar = put(place, 'div', {class: 'bar'});
  const legend = put(bar, 'span', {}, `${objectiveTitle(objectives[0])}: best`);
  put(legend, 'span', {class: 'ramp', style: `background: linear-gradient(to right, ${rampText})`});
  legend.append('worst, by rank');
  const count = put(bar, 'span');
  const button = put(bar, 'button', {type: 'button'}, 'show all');
  return {count, button};
}

function addTitle(svg, x, y, title, most) {
  const text = draw(svg, 'text', {x, y, 'text-anchor': 'middle', class: 'title'}, shortEnd(title, most));
  draw(text, 'title', {}, title);
}

function buildParallel() {
  const place = document.getElementById('parallel');
  if (!place) return;
  const {count, button} = addBar(place);
  const width = Math.max(940, 120 * dimensions.length), height = 370, top = 36, bottom = height - 12;
  const svg = canvas(put(place, 'div', {class: 'scroll'}), width, height, 'parallel coordinates');
  const gap = (width - 170) / (dimensions.length - 1);
  const xs = dimensions.map((_, k) => 90 + k * gap);
  const scales = dimensions.map((axis, k) =>
    scaleFor(axis, bottom, top, rows.some(row => valueOf(row, k) === null)));
  const at = (i, k) => scales[k].place(valueOf(rows[i], k));
  const course = i => 'M' + xs.map((x, k) => `${x.toFixed(1)},${at(i, k).toFixed(1)}`).join('L');
  for (let i = rows.length - 1; i >= 0; --i) {  // the best on top
    const style = `--colour: ${colours[i]}`;
    mark(draw(svg, 'path', {class: `course ${rows[i].state}`, style, d: course(i)}), i);
  }
  const raised = draw(svg, 'path', {class: 'raised', d: ''});
  highlightListeners.push(i => raised.setAttribute('d', i === null || !visible[i] ? '' : course(i)));

  const brushes = new Map();
  const apply = () => {
    const within = (i, [k, range]) => at(i, k) >= range[0] && at(i, k) <= range[1];
    letThrough(i => [...brushes].every(brush => within(i, brush)));
    count.textContent = `${visible.filter(shown => shown).length} of ${rows.length} settings`;
    button.hidden = brushes.size === 0;
  };
  const clears = dimensions.map((axis, k) => {
    drawVertical(svg, xs[k], scales[k], 10);
    const title = k < axes.length ? axis.path : objectiveTitle(axis);
    addTitle(svg, xs[k], 16, title, Math.floor(Math.min(gap - 8, 160) / kLetter));
    return addBrush(svg, xs[k], top, bottom, range => {
      if (range) brushes.set(k, range); else brushes.delete(k);
      apply();
    });
  });
  button.addEventListener('click', () => clears.forEach(clear => clear()));
  apply();
}
buildParallel();
)~";

}  // namespace agon
