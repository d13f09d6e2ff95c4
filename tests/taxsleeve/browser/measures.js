// What tests measure in a page; put into it once it is open.
const measures = (() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  // Any CSS colour as red, green, blue of 0 to 255 and alpha of 0 to 1.
  const parts = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[3] * top[i] + (1 - top[3]) * below[i]).concat(1);
  const luminance = (colour) => {
    const [r, g, b] = colour.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const ancestors = function* (element) {
    for (let one = element; one; one = one.parentElement) yield one;
  };
  const brightened = (colour, element) => {
    let factor = 1;
    for (const one of ancestors(element)) {
      const found = /brightness\(([\d.]+)\)/.exec(getComputedStyle(one).filter);
      factor *= found ? Number(found[1]) : 1;
    }
    return colour.slice(0, 3).map((part) => Math.min(255, part * factor)).concat(colour[3]);
  };
  const opacity = (element) => {
    let product = 1;
    for (const one of ancestors(element)) product *= Number(getComputedStyle(one).opacity);
    return product;
  };
  const background = (element) => {
    const layers = [];
    for (const one of ancestors(element)) {
      const colour = parts(getComputedStyle(one).backgroundColor);
      layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const seen = (element) => element.getClientRects().length > 0 && getComputedStyle(element).visibility !== "hidden";
  const words = (element) => [...element.childNodes]
    .filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join(" ").trim();

  // [ratio, text] of what is written in too little contrast.
  const faint = (least) => {
    const found = [];
    for (const element of document.body.querySelectorAll("*")) {
      const text = words(element);
      if (!text || ["SCRIPT", "STYLE"].includes(element.tagName) || !seen(element)) continue;
      const style = getComputedStyle(element), drawn = element instanceof SVGElement;
      const ink = parts(drawn ? style.fill : style.color);
      let ground = background(element);
      const bar = element.closest(".bartext")?.parentElement.querySelector("path");
      if (bar) ground = brightened(over(parts(getComputedStyle(bar).fill), ground), bar);
      ink[3] *= opacity(element);
      const ratio = contrast(over(brightened(ink, element), ground), ground);
      if (ratio < least) found.push([Math.round(100 * ratio) / 100, text]);
    }
    return found;
  };

  // Words of figures that reach over the edge of what they stand in, or one over another on an axis.
  const cut = () => {
    const found = [];
    for (const figure of document.querySelectorAll(".js-plotly-plot")) {
      const frame = figure.closest(".figure") || figure, box = figure.getBoundingClientRect();
      const scrolls = frame.scrollWidth > frame.clientWidth + 1;
      for (const text of figure.querySelectorAll(".main-svg text")) {
        const own = text.getBoundingClientRect();
        if (!own.width || !text.textContent.trim()) continue;
        const out = Math.max(box.left - own.left, own.right - box.right, box.top - own.top, own.bottom - box.bottom);
        if (out > 2) found.push(text.textContent);
      }
      if (scrolls && !frame.classList.contains("wide")) found.push("a figure wider than its frame");
    }
    return found;
  };

  // Figures without words for those who cannot see them.
  const wordless = () => [...document.querySelectorAll(".js-plotly-plot, img, canvas:not(.js-plotly-plot *)")]
    .filter((one) => !(one.closest("[role=img]")?.getAttribute("aria-label") || one.alt || "").trim())
    .map((one) => one.id || one.tagName);

  // What is wider or higher than the frame that cuts it off.
  const clipped = () => [...document.querySelectorAll(".scroll, .tall")]
    .filter((one) => seen(one) && getComputedStyle(one).overflow !== "visible"
      && (one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1))
    .map((one) => one.textContent.trim().slice(0, 40));

  // What reaches over the right edge of a page so wide.
  const wide = (width) => document.documentElement.scrollWidth <= width ? [] : [...document.body.querySelectorAll("table, p, h1, .js-plotly-plot")]
    .filter((one) => one.getBoundingClientRect().right > width).map((one) => one.dataset.name || one.id || one.textContent.slice(0, 40));

  const shown = (selector) => [...document.querySelectorAll(selector)].filter(seen).length;
  const table = (name) => document.querySelector(`table[data-name="${name}"]`);
  const column = (name, i) => [...table(name).tBodies[0].rows].filter((row) => !row.hidden)
    .map((row) => row.cells[i].firstChild?.textContent.trim() || "");
  const tables = () => [...document.querySelectorAll("table.tools-table, table.sortable")]
    .map((one) => [one.dataset.name, one.classList.contains("tools-table"), one.tBodies[0].rows.length]);
  return { faint, cut, wide, wordless, clipped, shown, table, column, tables };
})();
