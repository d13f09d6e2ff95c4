"use strict";
// Tables of class "sortable" can be sorted by their headings, those of class "tools-table" also filtered and saved as CSV;
// everything else is there without this.
(() => {
  const spaced = (words) => words.replace(/\s+/g, " ").trim();
  // What stands small below a figure is no part of it: tables are sorted by the figure, and saved with it in brackets.
  const aside = (cell) => [...cell.querySelectorAll("small")].map((one) => spaced(one.textContent)).join(", ");
  const text = (cell) => {
    const own = cell.cloneNode(true);
    own.querySelectorAll("small").forEach((one) => one.remove());
    return spaced(own.textContent).replace(/^\u2014$/, "");
  };
  // A number that begins with a plus and goes on with words would be a broken formula in a spreadsheet.
  const whole = (cell) => aside(cell) ? text(cell).replace(/^\+(?=[\d.])/, "") + " (" + aside(cell) + ")" : text(cell);
  const number = (words) => {
    const plain = words.replace(/[$,%\s]/g, "").replace(/^\u2212/, "-");
    return /^[-+]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : null;
  };
  // Empty cells stand last whichever way a column is sorted.
  const compared = (a, b, sign) => {
    if (a === "" || b === "") return (a === "") - (b === "");
    const x = number(a), y = number(b);
    if (x !== null && y !== null) return sign * (x - y);
    return sign * ((x === null) - (y === null) || a.localeCompare(b));
  };
  const quoted = (words) => {
    // A spreadsheet would run a text that begins like a formula.
    const safe = /^[=+\-@\t\r]/.test(words) && number(words) === null ? "'" + words : words;
    return '"' + safe.replace(/"/g, '""') + '"';
  };

  const sortBy = (table, heading, column) => {
    const down = heading.getAttribute("aria-sort") === "ascending";
    table.querySelectorAll("thead th").forEach((one) => one.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = table.tBodies[0], rows = [...body.rows].map((row) => [text(row.cells[column]), row]);
    rows.sort((a, b) => compared(a[0], b[0], down ? -1 : 1));
    body.append(...rows.map((pair) => pair[1]));
  };

  const save = (table) => {
    const rows = [...table.rows].filter((row) => !row.hidden);
    const lines = rows.map((row) => [...row.cells].map((cell) => quoted(whole(cell))).join(","));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([lines.join("\n") + "\n"], { type: "text/csv" }));
    link.download = (table.dataset.name || "table") + ".csv";
    link.click();
    URL.revokeObjectURL(link.href);
  };

  const makeSortable = (table) => {
    [...table.tHead.rows[0].cells].forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => sortBy(table, heading, column));
    });
  };

  const addTools = (table) => {
    const tools = document.createElement("div"), label = document.createElement("label");
    const field = document.createElement("input"), count = document.createElement("span");
    const button = document.createElement("button"), rows = [...table.tBodies[0].rows];
    tools.className = "tools";
    field.type = "search";
    label.append("Only rows with ", field);
    count.setAttribute("role", "status");
    button.type = "button";
    button.textContent = "Save these rows as CSV";
    button.addEventListener("click", () => save(table));
    const filter = () => {
      const wanted = field.value.trim().toLowerCase();
      rows.forEach((row) => { row.hidden = !row.textContent.toLowerCase().includes(wanted); });
      count.textContent = rows.filter((row) => !row.hidden).length + " of " + rows.length + " rows";
    };
    field.addEventListener("input", filter);
    filter();
    tools.append(label, count, button);
    table.parentElement.before(tools);
  };

  const plots = () => document.querySelectorAll(".js-plotly-plot");
  document.querySelectorAll("table.tools-table, table.sortable").forEach(makeSortable);
  document.querySelectorAll("table.tools-table").forEach(addTools);
  addEventListener("load", () => plots().forEach((plot) => Plotly.Plots.resize(plot)));
  // A plot is as wide as the window it was drawn in, and paper may be narrower: the style sheet says how wide.
  const zoom = (plot) => {
    const width = parseFloat(getComputedStyle(plot).getPropertyValue("--on-paper"));
    plot.parentElement.style.zoom = Math.min(1, width / plot.offsetWidth);
  };
  addEventListener("beforeprint", () => plots().forEach(zoom));
  addEventListener("afterprint", () => plots().forEach((plot) => { plot.parentElement.style.zoom = ""; }));
})();
