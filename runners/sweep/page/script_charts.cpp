#include "runners/sweep/page/page_script.h"

namespace agon {

const char* const kScriptCharts = R"~(
// ---- scatters: x and y are {axis, title, value(row), spread(row)}

// Choices are spread over their band, so that equal ones can be told apart.
function shifted(scale, value, row) {
  const shift = value === null ? 0 : (row.setting * 0.618034 % 1 - 0.5) * scale.band * 0.5;
  return scale.place(value) + shift;
}

// The line of a value's deviation to both sides; "" where there is none.
function deviation(scale, value, spread, line) {
  if (value === null || spread === null || !(spread > 0)) return '';
  const {axis} = scale, low = axis.scale === 'log' ? Math.max(value - spread, axis.low) : value - spread;
  return line(scale.place(low).toFixed(1), scale.place(value + spread).toFixed(1));
}

function addDot(svg, i, x, y, radius) {
  const row = rows[i], cx = shifted(x.scale, x.value(row), row), cy = y.scale.place(y.value(row));
  const dot = draw(svg, 'g', {class: `dot ${row.state}`, style: `--colour: ${colours[i]}`});
  const bars = deviation(y.scale, y.value(row), y.spread(row), (a, b) => `M${cx},${a}V${b}`) +
               deviation(x.scale, x.value(row), x.spread(row), (a, b) => `M${a},${cy}H${b}`);
  if (bars !== '') draw(dot, 'path', {d: bars});
  draw(dot, 'circle', {cx, cy, r: radius});
  mark(dot, i);
  return {dot, cx, cy};
}

function addScatter(parent, width, height, x, y) {
  const svg = canvas(parent, width, height, `${y.title} by ${x.title}`);
  const left = 70, right = width - 8, top = 22, bottom = height - 40;
  const ended = rows.filter(isEnded);
  x.scale = scaleFor(x.axis, left, right, ended.some(row => x.value(row) === null));
  y.scale = scaleFor(y.axis, bottom, top, ended.some(row => y.value(row) === null));
  for (const value of y.scale.ticks) {
    const at = y.scale.place(value);
    draw(svg, 'line', {x1: left, x2: right, y1: at, y2: at, class: 'rule'});
  }
  drawVertical(svg, left, y.scale, 9);
  drawHorizontal(svg, bottom, x.scale, 12);
  const most = Math.floor((right - left) / kLetter);
  addTitle(svg, (left + right) / 2, height - 6, x.title, most);
  const title = draw(svg, 'text', {x: 4, y: 12}, shortEnd(y.title, Math.floor(width / kLetter)));
  draw(title, 'title', {}, y.title);
  return svg;
}

function ofAxis(k) {
  const axis = axes[k];
  return {axis, title: axis.path, value: row => row.values[k], spread: () => null};
}
function ofObjective(k) {
  const axis = objectives[k];
  return {axis, title: objectiveTitle(axis), value: row => row.means[k], spread: row => row.spreads[k]};
}
function isEnded(row) {
  return row.state !== 'running' && row.state !== 'waiting';
}

// ---- slices

function buildSlices() {
  const place = document.getElementById('slices');
  if (!place) return;
  const bar = objectives.length > 1 ? put(place, 'div', {class: 'bar'}) : null;
  const charts = put(place, 'div', {class: 'charts'});
  const show = chosen => {
    charts.replaceChildren();
    axes.forEach((axis, k) => {
      const x = ofAxis(k), y = ofObjective(chosen);
      const svg = addScatter(charts, 305, 230, x, y);
      for (let i = rows.length - 1; i >= 0; --i) if (isEnded(rows[i])) addDot(svg, i, x, y, 3.2);
    });
  };
  if (bar) {
    const select = put(put(bar, 'label', {}, 'objective '), 'select');
    objectives.forEach((objective, k) => put(select, 'option', {value: k}, objective.path));
    select.addEventListener('change', () => show(Number(select.value)));
  }
  show(0);
}
buildSlices();

// ---- the front

// Of two objectives the border of what the front beats; of more their first two, joined in order.
function joinOf(points) {
  const sorted = [...points].sort((a, b) => a.cx - b.cx);
  const [first, ...others] = sorted;
  let path = `M${first.cx},${first.cy}`;
  for (const {cx, cy} of others) {
    if (objectives.length > 2) path += `L${cx},${cy}`;
    else path += objectives[0].maximize ? `V${cy}H${cx}` : `H${cx}V${cy}`;
  }
  return path;
}

function buildFront() {
  const place = document.getElementById('front');
  if (!place) return;
  const x = ofObjective(0), y = ofObjective(1), points = [];
  const svg = addScatter(put(place, 'div', {class: 'scroll'}), 640, 400, x, y);
  const join = draw(svg, 'path', {class: 'join', d: ''});
  for (let i = rows.length - 1; i >= 0; --i) {
    if (!isEnded(rows[i])) continue;
    const best = data.front.includes(rows[i].setting);
    const point = addDot(svg, i, x, y, best ? 5 : 3.5);
    if (!best) continue;
    draw(point.dot, 'circle', {class: 'ring', cx: point.cx, cy: point.cy, r: 8});
    points.push(point);
  }
  if (points.length > 0) join.setAttribute('d', joinOf(points));
}
buildFront();

// ---- importance

function buildImportance() {
  const place = document.getElementById('importance');
  if (!place) return;
  objectives.forEach((objective, k) => {
    if (objectives.length > 1) put(place, 'h3', {}, objective.path);
    const shares = data.importance[k].map((share, i) => ({share: share ?? 0, path: axes[i].path}));
    shares.sort((a, b) => b.share - a.share);
    if (!(shares[0].share > 0)) {
      put(place, 'p', {}, 'Nothing can be said: too few settings are done, or all came to the same.');
      return;
    }
    const svg = canvas(place, 940, shares.length * 24 + 4, `importance for ${objective.path}`);
    shares.forEach(({share, path}, i) => {
      const y = i * 24 + 4, width = share * 560;
      const label = draw(svg, 'text', {x: 290, y: y + 13, 'text-anchor': 'end', class: 'title'}, shortEnd(path, 42));
      draw(label, 'title', {}, path);
      draw(svg, 'rect', {class: 'share', x: 300, y, width, height: 17, rx: 2});
      draw(svg, 'text', {x: 308 + width, y: y + 13}, `${(100 * share).toFixed(1)} %`);
    });
  });
}
buildImportance();
)~";

}  // namespace agon
