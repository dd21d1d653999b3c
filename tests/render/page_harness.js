// Drives a page as a reader would, and leaves what it saw in an element for the test to read.
"use strict";
window.alert = () => seen.errors.push("something from the spec ran");
const seen = { errors: [], forbidden: [] };
addEventListener("error", (event) => seen.errors.push(String(event.message)));
addEventListener("unhandledrejection", (event) => seen.errors.push(String(event.reason)));
addEventListener("securitypolicyviolation", (event) => seen.forbidden.push(event.blockedURI + event.violatedDirective));

addEventListener("load", () => {
  const at = (id) => document.getElementById(id);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const ids = (selector) => all(selector).map((element) => element.id).filter(Boolean);
  const key = (name, target = document.activeElement) =>
    target.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }));
  const point = (element) => element.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
  const pick = (select, index) => {
    select.selectedIndex = index;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const shown = () => all(".view").find((view) => !view.hidden);
  const page = () => getComputedStyle(document.documentElement).backgroundColor;
  const told = () => [...at("about").children].map((part) => part.textContent);
  seen.title = document.title;
  try {
    if (!HOVER) throw null;
    seen.dark = page();
    seen.roles = all(".view svg").map((svg) => svg.getAttribute("role"));
    seen.depths = [...at("depth").options].map((option) => option.textContent);

    const data = JSON.parse(at("data").textContent);
    const index = data.layers.columns.name.indexOf(HOVER);
    point(at(`r${index}`).cells[1]);
    seen.byRow = { lit: ids(".lit"), near: ids(".near") };
    const box = all(".view:not([hidden]) .box").find((one) => one.id.endsWith(`-${HOVER}`));
    point(box.querySelector("text"));
    seen.byBox = ids(".lit");
    point(at(`s0-${LINE}`));
    seen.byLine = ids("tr.lit");
    point(document.querySelector("header"));
    seen.away = ids(".lit");
    if (at("volumes")) {
      const solid = data.volumes.find(([, nodes]) => nodes.includes(index));
      point(at(solid[0]).querySelector("rect, polygon, path"));
      seen.byVolume = ids("tr.lit");
    }

    at(`s0-${LINE}`).click();
    seen.chosen = { rows: ids("tr.chosen"), told: told() };
    key("Escape", document.body);
    seen.dropped = ids(".chosen");

    key("ArrowDown", document.body);
    seen.first = { told: told(), focus: document.activeElement.id };
    key("ArrowDown");
    seen.second = { told: told(), focus: document.activeElement.id };
    key("ArrowUp");
    seen.back = document.activeElement.id;
    key("End");
    seen.last = document.activeElement.id;
    const [line, panel] = [document.querySelector("li.chosen"), at("spec")].map((part) => part.getBoundingClientRect());
    seen.line = line.top >= panel.top && line.bottom <= panel.bottom && at("spec").scrollHeight > at("spec").clientHeight;
    at("spec").focus();
    key("ArrowUp");
    seen.scrolls = [...document.querySelectorAll("[aria-current]")].map((box) => box.id);
    key("/");
    seen.searching = document.activeElement.id;

    at("search").value = SEARCH;
    at("search").dispatchEvent(new Event("input", { bubbles: true }));
    seen.found = { count: at("count").textContent, rows: ids("tr.found") };
    key("Enter");
    seen.entered = { count: at("count").textContent, told: told() };
    key("Escape");
    seen.ended = { count: at("count").textContent, rows: ids("tr.found"), value: at("search").value };

    const wide = () => shown().querySelector("svg").getBoundingClientRect().width;
    const before = wide();
    key("+", document.body);
    const closer = wide();
    key("-", document.body);
    key("-", document.body);
    seen.zoom = [closer / before, wide() / before];
    key("0", document.body);

    pick(at("heat"), 1);
    seen.heat = { badges: all(".view:not([hidden]) .badge").map((badge) => badge.textContent), hot: document.documentElement.className };
    seen.scale = at("scale").textContent;
    pick(at("heat"), 3);
    seen.memory = all(".view:not([hidden]) .badge").map((badge) => badge.textContent);
    pick(at("heat"), 0);
    seen.cold = all(".badge").length;

    pick(at("depth"), 0);
    seen.closed = { rows: ids("tbody tr:not([hidden])"), boxes: ids(".view:not([hidden]) .box") };
    pick(at("depth"), at("depth").options.length - 1);
    seen.opened = ids("tbody tr:not([hidden])").length;
    const level = () => at("depth").selectedIndex;
    seen.levels = [level()];
    key("c", document.body);
    seen.levels.push(level());
    key("c", document.body);
    key("c", document.body);
    seen.levels.push(level());
    const twice = (element) => element.dispatchEvent(new MouseEvent("dblclick", { bubbles: true }));
    twice(at("v0-e1").querySelector("text"));
    seen.levels.push(level());
    const shut = () => ids(".view:not([hidden]) .shut");
    const frames = () => data.views[level()].frames.map(([id]) => id);
    const high = () => shown().querySelector("svg").viewBox.baseVal.height;
    const inside = (inner, outer) => inner.top >= outer.top && inner.bottom <= outer.bottom;
    seen.card = { shut: shut(), frames: frames() };
    for (const id of shut()) twice(at(id).querySelector("rect"));
    seen.card.opened = shut();
    key("o", document.body);
    seen.levels.push(level());

    const block = at("v2-e1-frame");
    const tall = high();
    block.querySelector(".toggle").dispatchEvent(new MouseEvent("click", { bubbles: true }));
    const boxes = all(".view:not([hidden]) .box:not([hidden])").filter((box) => !box.parentElement.closest(".box"));
    const place = (element) => element.getBoundingClientRect();
    const row = at("g1-4-0").querySelector("button");
    seen.block = {
      shut: shut(),
      expanded: [block.getAttribute("aria-expanded"), row.getAttribute("aria-expanded")],
      told: told(),
      saved: tall - high(),
      words: [...block.querySelectorAll("text")].filter((text) => place(text).width).map((text) => text.textContent),
      hidden: all(".view:not([hidden]) .box[hidden]").length,
      rows: ids("tbody tr:not([hidden])").length,
      overlaps: boxes.filter((box) => place(box).top < place(block).bottom && place(box).bottom > place(block).top).length,
      page: boxes.every((box) => inside(place(box), place(shown().querySelector("svg")))),
    };
    key("ArrowDown", document.body);
    seen.block.next = told()[0];
    key("ArrowUp");
    seen.block.back = document.activeElement.id;
    pick(at("heat"), 1);
    seen.block.heat = block.querySelector(".badge")?.textContent;
    pick(at("heat"), 0);
    key("x", document.body);
    seen.block.again = [shut(), high() === tall];
    key("x", document.body);
    seen.block.byKey = shut();
    row.click();
    seen.block.byRow = [shut(), row.getAttribute("aria-expanded")];
    const button = document.querySelector("#layers button");
    button.click();
    seen.folded = [ids("tbody tr:not([hidden])").length, button.getAttribute("aria-expanded")];

    at("theme").click();
    seen.other = page();
    at("help").click();
    seen.help = at("keys").open;
    at("done").click();
    seen.closedHelp = at("keys").open;
  } catch (error) {
    if (error) seen.errors.push(`${error} ${error.stack}`);
  }
  seen.requests = performance.getEntriesByType("resource").map((entry) => entry.name);
  const result = document.createElement("pre");
  result.id = "result";
  result.textContent = JSON.stringify(seen);
  document.body.append(result);
});
