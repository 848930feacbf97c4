#include "runners/sweep/page/page_script.h"

namespace agon {

const char* const kScriptTable = R"~(
// ---- the table of settings

function columnsOf() {
  const columns = [{title: 'setting', value: row => row.setting, text: row => row.setting}];
  objectives.forEach((objective, i) => columns.push({
    title: objectiveTitle(objective),
    value: row => row.means[i],
    text: row => meanText(row, i),
    full: row => row.means[i] ?? '',
  }));
  axes.forEach((axis, i) => columns.push({
    title: axis.path,
    value: row => row.values[i],
    text: row => textOf(axis, row.values[i]),
    full: row => axis.scale === 'choices' ? textOf(axis, row.values[i]) : row.values[i] ?? '',
  }));
  columns.push({title: 'state', value: row => row.state, text: row => row.state});
  columns.push({title: 'steps', value: row => row.steps, text: row => row.steps.toLocaleString('en')});
  columns.push({title: 'seconds', value: row => row.seconds, text: row => figure(row.seconds)});
  columns.push({title: 'run', value: row => row.run, text: row => row.run});
  if (rows.some(row => row.message !== ''))
    columns.push({title: 'message', value: row => row.message, text: row => row.message});
  return columns;
}

// What is missing stands last, whichever way the rest is sorted.
function compare(a, b, sign) {
  const missing = value => value === null || value === '';
  if (missing(a) || missing(b)) return missing(a) - missing(b);
  return sign * (a < b ? -1 : a > b ? 1 : 0);
}

function addRow(body, row, i, columns) {
  const line = put(body, 'tr');
  columns.forEach((column, k) => {
    const cell = put(line, 'td', {title: String((column.full ?? column.text)(row))});
    if (k === 0) put(cell, 'span', {class: 'swatch', style: `--colour: ${colours[i]}`});
    cell.append(String(column.text(row)));
    if (k === 0 && objectives.length > 1 && data.front.includes(row.setting))
      put(cell, 'span', {title: 'no other setting beats it'}, ' ◆');
  });
  mark(line, i, false);
  return line;
}

function buildTable() {
  const place = document.getElementById('table');
  if (!place) return;
  const table = put(put(place, 'div', {class: 'scroll'}), 'table');
  const head = put(put(table, 'thead'), 'tr'), body = put(table, 'tbody');
  const columns = columnsOf();
  const lines = rows.map((row, i) => addRow(body, row, i, columns));
  const headings = columns.map(column => put(head, 'th', {scope: 'col', title: column.title}));
  headings.forEach((heading, k) => {
    const button = put(heading, 'button', {type: 'button'}, shortEnd(columns[k].title, 24));
    button.addEventListener('click', () => {
      const up = heading.getAttribute('aria-sort') !== 'ascending', sign = up ? 1 : -1;
      for (const other of headings) other.removeAttribute('aria-sort');
      heading.setAttribute('aria-sort', up ? 'ascending' : 'descending');
      const order = rows.map((_, i) => i);
      const value = columns[k].value;
      order.sort((a, b) => compare(value(rows[a]), value(rows[b]), sign) || a - b);
      body.append(...order.map(i => lines[i]));
    });
  });
}
buildTable();
)~";

}  // namespace agon
