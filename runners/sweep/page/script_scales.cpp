#include "runners/sweep/page/page_script.h"

namespace agon {

const char* const kScriptScales = R"~(
// ---- ticks

function choiceTicks(axis) {
  const every = Math.ceil(axis.labels.length / 12);
  return axis.labels.map((_, i) => i).filter(i => i % every === 0);
}
function linearTicks(axis) {
  const span = axis.high - axis.low;
  if (!(span > 0 && Number.isFinite(span))) return [axis.low];
  const power = 10 ** Math.floor(Math.log10(span / 5));
  let step = power * [1, 2, 5, 10].find(factor => factor * power >= span / 5 * 0.7);
  if (axis.whole) step = Math.max(1, Math.round(step));
  const first = Math.ceil(axis.low / step - 1e-9), ticks = [];
  for (let i = 0; i < 12; ++i) {
    const value = (first + i) * step;
    if (!(value <= axis.high + 1e-9 * step)) break;
    ticks.push(Number(value.toPrecision(12)));
  }
  return ticks;
}
function logTicks(axis) {
  const decades = Math.log10(axis.high) - Math.log10(axis.low);
  const factors = decades >= 2 ? [1] : decades >= 1 ? [1, 2, 5] : [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const every = Math.ceil(decades / 6), ticks = [];
  for (let p = Math.floor(Math.log10(axis.low)); p <= Math.log10(axis.high) + 1e-9; ++p) {
    if (p % every !== 0) continue;
    for (const factor of factors) {
      const value = Number(`${factor}e${p}`);
      if (value >= axis.low * (1 - 1e-9) && value <= axis.high * (1 + 1e-9)) ticks.push(value);
    }
  }
  return ticks.length > 1 ? ticks : linearTicks(axis);
}
function ticksOf(axis) {
  if (axis.scale === 'choices') return choiceTicks(axis);
  return axis.scale === 'log' && axis.high > axis.low ? logTicks(axis) : linearTicks(axis);
}

// ---- places

// Pixels from `from` to `to` for the values of an axis. Where some value is missing, that has a
// place of its own, a tick "-" at `from`.
function scaleFor(axis, from, to, someMissing) {
  const towards = Math.sign(to - from), choices = axis.scale === 'choices';
  const begin = from + towards * (someMissing ? 26 : choices ? 0 : 6);
  const end = choices ? to : to - towards * 6;
  const size = axis.scale === 'log' ? Math.log10 : value => value;
  const low = choices ? -0.5 : size(axis.low);
  const high = choices ? axis.labels.length - 0.5 : size(axis.high);
  const place = value => {
    if (value === null) return from + towards * 8;
    const share = (size(value) - low) / (high - low);
    if (!Number.isFinite(share)) return (begin + end) / 2;  // an axis of one value
    return begin + Math.min(1, Math.max(0, share)) * (end - begin);
  };
  const band = choices ? Math.abs(end - begin) / axis.labels.length : 0;
  return {axis, from, to, place, band, ticks: someMissing ? [null, ...ticksOf(axis)] : ticksOf(axis)};
}

// Ticks whose labels, of a size in pixels each, do not run into one another.
function apart(scale, sizeOf) {
  let last = -Infinity;
  const kept = [];
  for (const value of [...scale.ticks].sort((a, b) => scale.place(a) - scale.place(b))) {
    const at = scale.place(value), half = sizeOf(value) / 2;
    if (at - half < last) continue;
    kept.push(value);
    last = at + half + 4;
  }
  return kept;
}

const kLetter = 6.3;  // pixels that a letter takes at most, roughly

function drawTick(svg, x, y, anchor, text, most) {
  const label = draw(svg, 'text', {x, y, 'text-anchor': anchor, class: 'halo'}, shortBegin(text, most));
  if (text.length > most) draw(label, 'title', {}, text);
}
function drawVertical(svg, x, scale, most) {
  draw(svg, 'line', {x1: x, x2: x, y1: scale.from, y2: scale.to, class: 'axis'});
  for (const value of apart(scale, () => 10)) {
    const y = scale.place(value);
    draw(svg, 'line', {x1: x - 4, x2: x, y1: y, y2: y, class: 'axis'});
    drawTick(svg, x - 7, y + 4, 'end', textOf(scale.axis, value), most);
  }
}
function drawHorizontal(svg, y, scale, most) {
  draw(svg, 'line', {x1: scale.from, x2: scale.to, y1: y, y2: y, class: 'axis'});
  const width = value => Math.min(most, textOf(scale.axis, value).length) * kLetter;
  for (const value of apart(scale, width)) {
    const x = scale.place(value);
    draw(svg, 'line', {x1: x, x2: x, y1: y, y2: y + 4, class: 'axis'});
    drawTick(svg, x, y + 16, 'middle', textOf(scale.axis, value), most);
  }
}
)~";

}  // namespace agon
