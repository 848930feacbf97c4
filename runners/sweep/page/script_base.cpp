#include "runners/sweep/page/page_script.h"

namespace agon {

const char* const kScriptBase = R"~(
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const {axes, objectives, rows} = data;
const dimensions = [...axes, ...objectives];  // of the table and the parallel coordinates

// ---- elements

function add(parent, element, attributes = {}, text = '') {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  parent.append(element);
  return element;
}
function put(parent, name, attributes, text) {
  return add(parent, document.createElement(name), attributes, text);
}
function draw(parent, name, attributes, text) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  return add(parent, element, attributes, text);
}
function canvas(parent, width, height, label) {
  const box = `0 0 ${width} ${height}`;
  return draw(parent, 'svg', {width, height, viewBox: box, role: 'img', 'aria-label': label});
}

// ---- texts

function figure(value) {
  if (value === null) return '-';
  const rounded = Number(value.toPrecision(4)), size = Math.abs(rounded);
  const long = size !== 0 && (size < 1e-3 || size >= 1e6);
  return long ? rounded.toExponential().replace('e+', 'e') : String(rounded);
}
function textOf(axis, value) {
  return value !== null && axis.scale === 'choices' ? axis.labels[value] : figure(value);
}
function meanText(row, i) {
  const mean = row.means[i], spread = row.spreads[i];
  if (mean === null || spread === null) return figure(mean);
  return `${figure(mean)} ± ${figure(Number(spread.toPrecision(2)))}`;
}
// A path says most at its end.
function shortEnd(text, most) {
  return text.length <= most ? text : '…' + text.slice(text.length - most + 1);
}
function shortBegin(text, most) {
  return text.length <= most ? text : text.slice(0, most - 1) + '…';
}
function objectiveTitle(objective) {
  return objective.path + (objective.maximize ? ' ↑' : ' ↓');
}
function rowText(row) {
  const lines = [`setting ${row.setting}, ${row.state}`];
  axes.forEach((axis, i) => {
    if (row.values[i] !== null) lines.push(`${axis.path}: ${textOf(axis, row.values[i])}`);
  });
  objectives.forEach((objective, i) => lines.push(`${objective.path}: ${meanText(row, i)}`));
  return lines.join('\n');
}

// ---- colours: by rank, so that one outlier does not make all others look alike

const ramp = [[38, 118, 214], [150, 92, 186], [226, 112, 38]];
const rampText = ramp.map(stop => `rgb(${stop.join(',')})`).join(', ');

function rampColour(share) {
  const at = Math.min(share * (ramp.length - 1), ramp.length - 1 - 1e-9), i = Math.floor(at);
  const mixed = ramp[i].map((from, k) => Math.round(from + (ramp[i + 1][k] - from) * (at - i)));
  return `rgb(${mixed.join(',')})`;
}
function rowColours() {
  const sign = objectives[0].maximize ? -1 : 1;
  const found = rows.map((_, i) => i).filter(i => rows[i].means[0] !== null);
  found.sort((a, b) => sign * (rows[a].means[0] - rows[b].means[0]));
  const colours = rows.map(() => 'var(--none)');
  found.forEach((i, rank) => colours[i] = rampColour(rank / Math.max(1, found.length - 1)));
  return colours;
}
const colours = rowColours();

// ---- what is highlighted, and what the brushes let through

const marks = rows.map(() => []);
const visible = rows.map(() => true);
const highlightListeners = [];
const tip = document.getElementById('tip');

function highlight(i, on) {
  for (const element of marks[i]) element.classList.toggle('on', on);
  document.body.classList.toggle('some-on', on);
  for (const listener of highlightListeners) listener(on ? i : null);
}
function showTip(i, event) {
  tip.textContent = rowText(rows[i]);
  tip.hidden = false;
  const left = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8);
  const below = event.clientY + 14;
  const fits = below + tip.offsetHeight < window.innerHeight;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${fits ? below : Math.max(4, event.clientY - tip.offsetHeight - 10)}px`;
}
// An element that stands for a row.
function mark(element, i, tipped = true) {
  marks[i] = marks[i].filter(other => other.isConnected);
  marks[i].push(element);
  element.classList.toggle('out', !visible[i]);
  element.addEventListener('pointerenter', event => {
    highlight(i, true);
    if (tipped) showTip(i, event);
  });
  element.addEventListener('pointerleave', () => {
    highlight(i, false);
    tip.hidden = true;
  });
}
function letThrough(passes) {
  rows.forEach((row, i) => {
    visible[i] = passes(i);
    for (const element of marks[i]) element.classList.toggle('out', !visible[i]);
  });
}
for (const shown of document.querySelectorAll('figure[data-setting]')) {
  mark(shown, rows.findIndex(row => String(row.setting) === shown.dataset.setting), false);
}
)~";

}  // namespace agon
