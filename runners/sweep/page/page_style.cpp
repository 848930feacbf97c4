#include "runners/sweep/page/page_style.h"

namespace agon {

const char* const kPageStyle = R"(
:root {
  color-scheme: light dark;
  --paper: #ffffff; --wash: #f2f4f7; --ink: #1b1f24; --soft: #59636e; --line: #d3d9e0; --none: #a0a8b2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --wash: #20252b; --ink: #e3e7eb; --soft: #9aa4af; --line: #363d46; --none: #6b7580;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 14px/1.45 system-ui, sans-serif; }
main { max-width: 980px; margin: 0 auto; padding: 16px 20px 60px; }
h1 { margin: 8px 0; font-size: 26px; }
h2 { margin: 32px 0 2px; font-size: 18px; }
h3 { margin: 12px 0 2px; font-size: 14px; font-weight: 600; }
h1, p, code, figcaption { overflow-wrap: anywhere; }
.about { white-space: pre-line; }
.hint { margin: 0 0 8px; color: var(--soft); }
.bar { display: flex; flex-wrap: wrap; gap: 6px 14px; align-items: center; margin: 0 0 8px; }
button, select { font: inherit; color: inherit; background: var(--wash); border: 1px solid var(--line); border-radius: 4px; padding: 1px 8px; }
.counts { display: flex; flex-wrap: wrap; gap: 8px 28px; margin: 16px 0; }
.counts dt { color: var(--soft); }
.counts dd { margin: 0; font-size: 20px; }
.scroll { overflow: auto; }
#table .scroll { max-height: 460px; border: 1px solid var(--line); border-radius: 4px; }

table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { position: sticky; top: 0; padding: 0; background: var(--wash); text-align: left; }
th button { width: 100%; padding: 4px 10px; border: 0; border-radius: 0; background: none; font-weight: 600; text-align: left; white-space: nowrap; cursor: pointer; }
th[aria-sort=ascending] button::after { content: ' ▲'; }
th[aria-sort=descending] button::after { content: ' ▼'; }
td { padding: 2px 10px; border-top: 1px solid var(--line); white-space: nowrap; max-width: 260px; overflow: hidden; text-overflow: ellipsis; }
tr.on td { background: var(--wash); }
tr.out { display: none; }
.swatch { display: inline-block; width: 9px; height: 9px; margin-right: 7px; border-radius: 50%; background: var(--colour); }
.ramp { display: inline-block; width: 90px; height: 9px; margin: 0 6px; border-radius: 5px; }

svg { display: block; font: 11px system-ui, sans-serif; }
svg text { fill: var(--soft); }
svg text.title { fill: var(--ink); font-size: 12px; }
svg .halo { paint-order: stroke; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; pointer-events: none; }
.axis { stroke: var(--soft); }
.rule { stroke: var(--line); }
.course { fill: none; stroke: var(--colour); stroke-width: 1.4; stroke-opacity: 0.75; }
.course.stopped, .course.failed { stroke-dasharray: 5 3; }
.course.out { display: none; }
.some-on .course { stroke-opacity: 0.25; }
.raised { fill: none; stroke: var(--ink); stroke-width: 2.6; pointer-events: none; }
.grip { fill: transparent; cursor: ns-resize; touch-action: none; }
.brush { fill: var(--ink); fill-opacity: 0.16; stroke: var(--ink); stroke-opacity: 0.5; pointer-events: none; }
.dot circle { fill: var(--colour); stroke: var(--colour); }
.dot.stopped circle, .dot.failed circle { fill: var(--paper); }
.dot path { stroke: var(--colour); stroke-opacity: 0.45; }
.dot .ring { fill: none; stroke: var(--ink); stroke-width: 1.4; }
.dot.on circle { stroke: var(--ink); stroke-width: 3; }
.dot.out { opacity: 0.12; }
.join { fill: none; stroke: var(--ink); stroke-opacity: 0.6; }
.share { fill: rgb(76, 120, 200); }

#slices .charts { display: grid; grid-template-columns: repeat(auto-fill, 305px); gap: 12px; }
#pictures { display: flex; flex-wrap: wrap; gap: 16px; }
figure { margin: 0; width: 300px; padding: 4px; border: 1px solid transparent; border-radius: 4px; }
figure.on { border-color: var(--ink); }
figure.out { opacity: 0.3; }
figure img { display: block; width: 100%; image-rendering: pixelated; }
figcaption { margin-top: 4px; font-size: 12px; color: var(--soft); }
#tip { position: fixed; z-index: 1; max-width: 340px; padding: 5px 9px; border: 1px solid var(--line); border-radius: 4px; background: var(--paper); white-space: pre-line; overflow-wrap: anywhere; pointer-events: none; font-size: 12px; }
#tip[hidden] { display: none; }
)";

}  // namespace agon
