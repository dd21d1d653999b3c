// The page's behaviour: what belongs to one layer lights up together, in the graph, the source, the table and the
// volumes. Names come from a spec and are only ever read as text; nothing is fetched, nothing is kept.
"use strict";
(() => {
  const at = (id) => document.getElementById(id);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const root = document.documentElement;
  const data = JSON.parse(at("data").textContent);
  const { columns, same } = data.layers; // what differs from layer to layer, and what does not
  const layers = Array.from({ length: data.layers.count }, (_, index) => (
    Object.fromEntries([...Object.entries(same), ...Object.entries(columns).map(([key, values]) => [key, values[index]])])
  ));
  root.classList.add("script");

  // --- what belongs to which layers ---------------------------------------------------------------------------
  const owned = new Map(); // element -> indices of layers
  const parts = layers.map(() => []); // layer -> its elements
  const around = layers.map(() => []); // layer -> lines and frames around it
  const link = (element, indices, into = parts) => {
    if (!element) return;
    owned.set(element, [...(owned.get(element) || []), ...indices]);
    element.classList.add("linked");
    for (const index of indices) into[index].push(element);
  };
  layers.forEach((layer, index) => {
    link(at(`r${index}`), [index]);
    for (let line = layer.lines[0]; line <= layer.lines[1]; line++) link(at(`s${layer.file}-${line}`), [index]);
    for (const [file, line] of layer.around) link(at(`s${file}-${line}`), [index], around);
  });
  const closed = new Set(); // boxes that stand for a whole block
  for (const view of data.views) {
    for (const [id, indices, whole] of view.boxes) {
      link(at(id), indices);
      at(id).classList.add("box");
      if (whole) closed.add(at(id));
    }
    for (const [id, indices] of view.frames) link(at(id), indices, around);
  }
  for (const [id, indices] of data.volumes) link(at(id), indices);
  for (const [id, first, last] of data.groups) link(at(id), range(first, last), around);

  function range(first, last) {
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  }

  function ownerOf(target) {
    const element = target instanceof Element ? target.closest(".linked") : null;
    return element ? [element, owned.get(element)] : [null, []];
  }

  const OUTER = { lit: "near", found: "holds" }; // what lies around layers of a class
  function paint(name, indices) {
    for (const element of all(`.${name}`)) element.classList.remove(name);
    for (const index of indices) for (const element of parts[index]) element.classList.add(name);
    const outer = OUTER[name];
    if (!outer) return;
    for (const element of all(`.${outer}`)) element.classList.remove(outer);
    for (const index of indices) for (const element of around[index]) element.classList.add(outer);
  }

  // --- hover and choice ---------------------------------------------------------------------------------------
  let chosen = -1;
  document.addEventListener("pointerover", (event) => paint("lit", ownerOf(event.target)[1]));
  document.addEventListener("pointerleave", () => paint("lit", []));

  function choose(indices, from) {
    chosen = indices.length ? indices[0] : -1;
    paint("chosen", indices);
    paint("lit", indices);
    const box = chosen < 0 ? null : boxOf(chosen);
    tell(indices, box && owned.get(box).length >= indices.length ? box : null);
    if (chosen < 0) return;
    for (const element of [box, at(`r${chosen}`), lineOf(chosen), volumeOf(chosen)]) {
      if (element && element !== from) reveal(element);
    }
    for (const other of all(".box[tabindex='0']")) other.setAttribute("tabindex", "-1");
    for (const other of all("[aria-current]")) other.removeAttribute("aria-current");
    const card = box?.parentElement.closest(".box") || box;
    card?.setAttribute("tabindex", "0");
    card?.setAttribute("aria-current", "true");
  }

  const shownView = () => all(".view").find((view) => !view.hidden);
  const boxOf = (index) => {
    const view = shownView();
    const here = parts[index].filter((part) => part.classList.contains("box") && view.contains(part));
    const box = here.find((part) => owned.get(part)[0] === index) || here[0];
    return (box && closing.hides(view, box.parentElement.closest(".box") || box)) || box;
  };
  const lineOf = (index) => at(`s${layers[index].file}-${layers[index].lines[0]}`);
  const volumeOf = (index) => parts[index].find((part) => at("volumes")?.contains(part));

  const nameOf = (row) => row.dataset.name || row.cells[0].textContent;

  // Say of a chosen layer what its row says; of a block, its sums.
  function tell(indices, box) {
    const about = at("about");
    about.replaceChildren();
    if (!indices.length) return;
    const row = at(`r${indices[0]}`);
    const several = indices.length > 1 && (closed.has(box) || !box || box.classList.contains("shut"));
    const say = (tag, text) => about.append(Object.assign(document.createElement(tag), { textContent: text }));
    say("strong", several ? `${indices.length} layers from ${nameOf(row)}` : nameOf(row));
    if (several) {
      const sum = (kind) => indices.reduce((total, index) => total + (layers[index][kind] || 0), 0);
      say("span", `parameters: ${sum("parameters").toLocaleString("en")}`);
      say("span", `MACs: ${sum("macs").toLocaleString("en")}`);
      say("span", `memory: ${short(sum("memory"), BYTES)}`);
      return;
    }
    const headings = all("th", at("layers").tHead).map((cell) => cell.textContent);
    all("th, td", row).forEach((cell, index) => {
      const text = cell.textContent.trim();
      if (index && text) say("span", `${headings[index]}: ${text}`);
    });
  }

  // Bring an element into the visible part of its panel, and never move the page itself.
  function reveal(element) {
    const panel = element.closest(".scroll");
    if (!panel || element.closest("[hidden]")) return;
    const outer = panel.getBoundingClientRect();
    const inner = element.getBoundingClientRect();
    if (inner.top < outer.top + 24 || inner.bottom > outer.bottom) {
      panel.scrollTop += (inner.top + inner.bottom - outer.top - outer.bottom) / 2;
    }
    if (inner.left < outer.left || inner.right > outer.right) {
      const wide = inner.width > outer.width; // a row of a table: its beginning
      panel.scrollLeft += wide ? inner.left - outer.left : (inner.left + inner.right - outer.left - outer.right) / 2;
    }
  }

  document.addEventListener("click", (event) => {
    if (dragged || event.target.closest("button, a, input, select, dialog")) return;
    const [element, indices] = ownerOf(event.target);
    if (element) choose(indices, element);
    else if (event.target.closest(".scroll")) choose([], null);
  });
  document.addEventListener("focusin", (event) => {
    if (event.target.classList?.contains("box")) paint("lit", owned.get(event.target));
  });

  // --- zoom and pan -------------------------------------------------------------------------------------------
  const graph = at("graph");
  let zoom = 1;
  let dragged = false;
  let grip = null;
  const picture = () => shownView().querySelector("svg");

  function setZoom(value, x = graph.clientWidth / 2, y = graph.clientHeight / 2) {
    const before = zoom;
    zoom = Math.min(8, Math.max(0.05, value));
    const svg = picture();
    svg.style.width = `${svg.viewBox.baseVal.width * zoom}px`;
    svg.style.height = `${svg.viewBox.baseVal.height * zoom}px`;
    graph.scrollLeft = (graph.scrollLeft + x) * (zoom / before) - x;
    graph.scrollTop = (graph.scrollTop + y) * (zoom / before) - y;
    at("zoom").textContent = `${Math.round(zoom * 100)} %`;
  }
  const fit = () => setZoom(Math.min(1.25, (graph.clientWidth - 24) / picture().viewBox.baseVal.width), 0, 0);

  graph.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const place = graph.getBoundingClientRect();
    setZoom(zoom * Math.exp(-event.deltaY / 300), event.clientX - place.left, event.clientY - place.top);
  }, { passive: false });
  graph.addEventListener("pointerdown", (event) => {
    dragged = false;
    if (event.pointerType === "mouse" && event.button === 0) grip = [event.clientX, event.clientY];
  });
  document.addEventListener("pointermove", (event) => {
    if (!grip || !(event.buttons & 1)) return;
    const [dx, dy] = [event.clientX - grip[0], event.clientY - grip[1]];
    if (!dragged && Math.abs(dx) + Math.abs(dy) < 5) return;
    dragged = true;
    graph.classList.add("dragging");
    graph.scrollLeft -= dx;
    graph.scrollTop -= dy;
    grip = [event.clientX, event.clientY];
  });
  document.addEventListener("pointerup", () => {
    grip = null;
    graph.classList.remove("dragging");
  });
  at("closer").addEventListener("click", () => setZoom(zoom * 1.25));
  at("further").addEventListener("click", () => setZoom(zoom / 1.25));
  at("fit").addEventListener("click", fit);

  // --- blocks opened and closed -------------------------------------------------------------------------------
  const depth = at("depth");
  function setDepth() {
    all(".view").forEach((view, index) => { view.hidden = index !== depth.selectedIndex; });
    const level = data.views[depth.selectedIndex].depth;
    for (const button of all("#layers button")) {
      button.setAttribute("aria-expanded", String(level === null || Number(button.dataset.depth) < level));
    }
    foldRows();
    graph.scrollTo(0, 0);
    fit();
    heat();
    if (chosen >= 0) choose(owned.get(boxOf(chosen)) || [chosen], null);
  }
  // A row is hidden where a group around it is closed; rows of groups stand before those of their layers.
  function foldRows() {
    let closedAt = Infinity;
    for (const row of all("#layers tbody tr")) {
      const level = Number(row.dataset.depth || 0);
      if (level <= closedAt) closedAt = Infinity;
      row.hidden = level > closedAt;
      const button = row.querySelector("button");
      if (!row.hidden && button?.getAttribute("aria-expanded") === "false") closedAt = level;
    }
  }
  depth.addEventListener("change", setDepth);
  function level(by) {
    const next = depth.selectedIndex + by;
    if (next < 0 || next >= data.views.length) return;
    depth.selectedIndex = next;
    setDepth();
  }
  // single blocks: two clicks, the sign at their corner, or the button of their row
  const closing = closingOf({
    data, layers, owned, around, closed, at, all, shownView, boxOf, foldRows,
    change: () => { setZoom(zoom, 0, 0); heat(); },
  });
  graph.addEventListener("dblclick", (event) => {
    const [element, indices] = ownerOf(event.target);
    if (!element || event.target.closest(".toggle")) return;
    chosen = indices[0];
    if (closed.has(element)) closing.openCard(element, () => level(1));
    else if (!element.classList.contains("box")) closing.toggle(element);
    choose(owned.get(boxOf(chosen)) || [chosen], null);
  });
  graph.addEventListener("click", (event) => {
    if (event.target.closest(".toggle")) closing.toggle(event.target.closest(".linked"));
  });
  at("layers").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) closing.turn(button);
  });

  // --- heat ---------------------------------------------------------------------------------------------------
  const measure = at("heat");
  const UNITS = [["T", 1e12], ["G", 1e9], ["M", 1e6], ["k", 1e3]];
  const BYTES = [["GiB", 2 ** 30], ["MiB", 2 ** 20], ["KiB", 2 ** 10]];
  function short(count, units) {
    for (const [unit, size] of units) {
      if (count >= size) return `${(count / size).toPrecision(3)}${units === BYTES ? ` ${unit}` : unit}`;
    }
    return units === BYTES ? `${count} B` : String(count);
  }
  function heat() {
    for (const badge of all(".badge")) badge.remove();
    const kind = measure.selectedIndex ? measure.value : "";
    root.classList.toggle("hot", kind !== "");
    const sum = (indices) => [...new Set(indices)].reduce((total, index) => total + (layers[index][kind] || 0), 0);
    const told = data.views[depth.selectedIndex];
    const shut = told.frames.filter(([id]) => at(id).classList.contains("shut"));
    const boxes = kind ? [...told.boxes, ...shut].map(([id, indices]) => [at(id), sum(indices)]) : [];
    const most = Math.max(1, ...boxes.map(([, count]) => count));
    const units = kind === "memory" ? BYTES : UNITS;
    for (const [box, count] of boxes) {
      box.style.setProperty("--heat-share", `${(70 * count / most).toFixed(1)}%`);
      if (!count || box.hasAttribute("hidden") || box.parentElement.closest(".box")) continue;
      const frame = [...box.children].filter((part) => part.tagName === "rect").at(-1);
      const badge = document.createElementNS("http://www.w3.org/2000/svg", "text");
      badge.setAttribute("class", "badge");
      badge.setAttribute("x", Number(frame.getAttribute("x")) + Number(frame.getAttribute("width")) - 5);
      badge.setAttribute("y", Number(frame.getAttribute("y")) + 3);
      badge.textContent = short(count, units);
      box.append(badge);
    }
    const rows = layers.map((layer) => layer[kind] || 0);
    const largest = Math.max(1, ...rows);
    rows.forEach((count, index) => {
      at(`r${index}`).style.setProperty("--heat-share", `${(100 * count / largest).toFixed(1)}%`);
    });
    at("layers").dataset.heat = kind;
    at("scale").textContent = kind ? `darkest: ${short(most, units)}` : "";
  }
  measure.addEventListener("change", heat);

  // --- search -------------------------------------------------------------------------------------------------
  const search = at("search");
  const texts = layers.map((_, index) => `${nameOf(at(`r${index}`))} ${at(`r${index}`).textContent}`.toLowerCase());
  let found = [];
  let turn = -1;
  function seek() {
    const words = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    found = words.length ? range(0, layers.length - 1).filter((i) => words.every((word) => texts[i].includes(word))) : [];
    turn = -1;
    root.classList.toggle("seeking", words.length > 0);
    paint("found", found);
    at("count").textContent = words.length ? `${found.length} of ${layers.length}` : "";
  }
  search.addEventListener("input", seek);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && found.length) {
      turn = (turn + (event.shiftKey ? found.length - 1 : 1)) % found.length;
      choose([found[Math.max(0, turn)]], null);
      at("count").textContent = `${turn + 1} of ${found.length}`;
    } else if (event.key === "Escape") {
      search.value = "";
      seek();
      search.blur();
    }
  });

  // --- colours, help, keys ------------------------------------------------------------------------------------
  const night = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : night.matches);
  function sayTheme() {
    at("theme").textContent = isDark() ? "light" : "dark";
  }
  at("theme").addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    sayTheme();
  });
  night.addEventListener("change", sayTheme);
  at("help").addEventListener("click", () => at("keys").showModal());
  at("done").addEventListener("click", () => at("keys").close());

  // Go to the next or previous box of the picture, in the order of the spec.
  function step(by, end) {
    const boxes = all(".box:not([hidden]), .shut:not([hidden])", shownView())
      .filter((box) => !box.parentElement.closest(".box"));
    if (!boxes.length) return;
    boxes.sort((one, other) => owned.get(one)[0] - owned.get(other)[0]); // a closed block stands elsewhere in the file
    const now = boxes.findIndex((box) => chosen >= 0 && owned.get(box).includes(chosen));
    const next = end === undefined ? Math.min(boxes.length - 1, Math.max(0, now + (now < 0 && by < 0 ? 0 : by))) : end;
    const box = boxes.at(next);
    choose(owned.get(box), null);
    box.focus({ preventScroll: true });
  }
  const KEYS = {
    "/": () => search.focus(),
    "?": () => at("keys").showModal(),
    "+": () => setZoom(zoom * 1.25),
    "=": () => setZoom(zoom * 1.25),
    "-": () => setZoom(zoom / 1.25),
    0: fit,
    ArrowDown: () => step(1),
    ArrowRight: () => step(1),
    ArrowUp: () => step(-1),
    ArrowLeft: () => step(-1),
    Home: () => step(0, 0),
    End: () => step(0, -1),
    Escape: () => choose([], null),
    x: () => {
      const block = chosen < 0 ? null : closing.blockOf(chosen);
      if (!block || closed.has(block)) return;
      closing.toggle(block);
      choose(owned.get(boxOf(chosen)), null);
    },
    o: () => level(1),
    c: () => level(-1),
    h: () => {
      measure.selectedIndex = (measure.selectedIndex + 1) % measure.options.length;
      heat();
    },
    d: () => at("theme").click(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || at("keys").open) return;
    if (event.target.closest?.("input, select, button, a")) return;
    const act = KEYS[event.key];
    const panel = event.target.closest?.(".scroll");
    if (!act || (panel && panel !== graph && /^(Arrow|Home|End)/.test(event.key))) return; // these scroll the panel
    event.preventDefault();
    act();
  });

  // --- the beginning ------------------------------------------------------------------------------------------
  for (const svg of all(".view svg")) svg.setAttribute("role", "group");
  for (const view of data.views) {
    for (const [id] of view.boxes) {
      const box = at(id);
      if (box.parentElement.closest(".box")) continue;
      box.setAttribute("tabindex", "-1");
      box.setAttribute("role", "button");
      box.setAttribute("aria-label", [...new Set(all("text", box).map((text) => text.textContent))].join(", "));
    }
  }
  for (const view of all(".view")) {
    view.querySelector(".box")?.setAttribute("tabindex", "0");
    closing.sign(view);
  }
  sayTheme();
  setDepth();
  addEventListener("resize", () => { if (chosen >= 0 && boxOf(chosen)) reveal(boxOf(chosen)); });
})();
