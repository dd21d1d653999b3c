// Blocks of a drawn graph that close and open where they stand. What is in a closed one is hidden, and what lies beyond
// it comes nearer; lines keep their ways, for only places along the picture change, and each in the same way.
"use strict";
function blocksOf(svg, frames, axis) {
  const KEPT = 42; // pixels of a closed block
  const down = axis === "y";
  const [size, side] = down ? ["height", "width"] : ["width", "height"];
  const cross = down ? "x" : "y";
  const number = (element, name) => Number(element.getAttribute(name));
  const place = (rect) => ({
    start: number(rect, axis),
    end: number(rect, axis) + number(rect, size),
    left: number(rect, cross),
    right: number(rect, cross) + number(rect, side),
  });
  const within = (inner, outer) => (
    outer.start <= inner.start && inner.end <= outer.end && outer.left <= inner.left && inner.right <= outer.right
  );
  const point = (pair) => {
    const [along, across] = down ? [pair[1], pair[0]] : [pair[0], pair[1]];
    return { start: along, end: along, left: across, right: across };
  };
  const pairs = (path) => [...path.matchAll(/(-?[\d.]+) (-?[\d.]+)/g)].map((found) => [Number(found[1]), Number(found[2])]);

  const known = frames.map((element) => {
    const rect = element.querySelector("rect");
    const words = [...element.querySelectorAll("text")];
    const named = down ? 0 : Math.max(210, 8 * Math.max(0, ...words.map((text) => text.textContent.length)));
    return { element, rect, shut: false, keep: Math.max(KEPT, named), ...place(rect) };
  });
  const framed = new Set(frames);
  const boxes = [...svg.querySelectorAll(".box")]
    .filter((element) => !element.parentElement.closest(".box"))
    .map((element) => ({ element, ...place(element.querySelector("rect")) }));
  const inBoxes = new Set(boxes.map((box) => box.element));
  const lines = [];
  const labels = [];
  for (const child of svg.children) {
    if (framed.has(child) || inBoxes.has(child)) continue;
    if (child.tagName === "text") labels.push(child);
    if (child.tagName !== "g") continue;
    const [way, head] = child.querySelectorAll("path");
    if (head) {
      const [d, tip] = [way.getAttribute("d"), head.getAttribute("d")];
      const ends = pairs(d);
      lines.push({ element: child, way, head, d, from: point(ends[0]), tip: pairs(tip)[0], before: ends.at(-2), last: ends.at(-1) });
    } else labels.push(...child.querySelectorAll("text"));
  }
  const words = labels.map((element) => ({ element, ...point([number(element, "x"), number(element, "y")]) }));
  const [, , wide, high] = svg.getAttribute("viewBox").split(" ").map(Number);
  const first = boxes[0]?.element || null;
  const opened = svg.children[[...svg.children].findIndex((child) => framed.has(child)) + frames.length] || null;

  const move = (element, right, below) => {
    if (right || below) element.setAttribute("transform", `translate(${right} ${below})`);
    else element.removeAttribute("transform");
  };
  const along = (element, by) => move(element, down ? 0 : by, down ? by : 0);

  // The closed blocks that lie in no other closed one, and what each stretch of the picture shrinks to.
  function shrunk() {
    const shut = known.filter((frame) => frame.shut);
    const outer = shut.filter((frame) => !shut.some((other) => other !== frame && within(frame, other)));
    const covers = (thing) => outer.find((frame) => frame !== thing && within(thing, frame));
    const spans = [];
    for (const frame of [...outer].sort((one, other) => one.start - other.start)) {
      const last = spans.at(-1);
      const scale = Math.min(1, frame.keep / (frame.end - frame.start));
      if (last && frame.start < last.end) {
        last.end = Math.max(last.end, frame.end);
        last.scale = Math.max(last.scale, scale);
      } else spans.push({ start: frame.start, end: frame.end, scale });
    }
    // what stands beside a closed block and is open keeps its room
    const heads = known.filter((frame) => !frame.shut).map((frame) => ({ ...frame, end: frame.start + 20 }));
    for (const thing of [...boxes, ...words, ...heads]) {
      if (covers(thing)) continue;
      for (const span of spans) if (thing.end > span.start && thing.start < span.end) span.scale = 1;
    }
    const map = (value) => spans.reduce(
      (out, span) => out - (1 - span.scale) * Math.max(0, Math.min(value, span.end) - span.start), value,
    );
    return { covers, map: (value) => Math.round(map(value)), outer };
  }

  function apply() {
    const { covers, map, outer } = shrunk();
    for (const thing of [...boxes, ...words]) {
      thing.element.toggleAttribute("hidden", Boolean(covers(thing)));
      along(thing.element, map(thing.start) - thing.start);
    }
    for (const frame of known) {
      frame.element.toggleAttribute("hidden", Boolean(covers(frame)));
      frame.rect.setAttribute(axis, map(frame.start));
      frame.rect.setAttribute(size, map(frame.end) - map(frame.start));
      for (const text of frame.element.querySelectorAll("text")) {
        const edge = !down && text.classList.contains("toggle") ? "end" : "start";
        along(text, map(frame[edge]) - frame[edge]);
      }
      // a closed block hides the lines in it
      svg.insertBefore(frame.element, outer.includes(frame) ? first : opened);
    }
    for (const line of lines) {
      const [source, target] = [covers(line.from), covers(point(line.tip))];
      line.element.toggleAttribute("hidden", Boolean(source && source === target));
      const mapped = ([x, y]) => (down ? [x, map(y)] : [map(x), y]);
      line.way.setAttribute("d", line.d.replace(/(-?[\d.]+) (-?[\d.]+)/g, (_, x, y) => mapped([Number(x), Number(y)]).join(" ")));
      const goal = mapped(line.tip);
      if (target && target !== source) {
        // the arrow ends at the closed block: at its beginning, or at the side from which it comes
        const [a, c] = down ? [1, 0] : [0, 1];
        const straight = line.before[c] === line.last[c];
        if (straight) goal[a] = map(target.start);
        else goal[c] = line.before[c] < line.last[c] ? target.left : target.right;
      }
      move(line.head, goal[0] - line.tip[0], goal[1] - line.tip[1]);
    }
    svg.setAttribute("viewBox", down ? `0 0 ${wide} ${map(high)}` : `0 0 ${map(wide)} ${high}`);
  }

  return {
    // Close or open some blocks.
    set(elements, shut) {
      for (const frame of known) if (elements.includes(frame.element)) {
        frame.shut = shut;
        frame.element.classList.toggle("shut", shut);
        frame.element.setAttribute("aria-expanded", String(!shut));
        frame.element.querySelector(".toggle").textContent = shut ? "+" : "−";
      }
      apply();
    },
    isShut: (element) => known.some((frame) => frame.element === element && frame.shut),
    // The closed block that hides an element, or null.
    hides(element) {
      const thing = [...boxes, ...known].find((one) => one.element === element);
      return (thing && shrunk().covers(thing)?.element) || null;
    },
  };
}

// Closes and opens the blocks of a page's pictures, and the rows of its table with them.
function closingOf({ data, layers, owned, around, closed, at, all, shownView, boxOf, foldRows, change }) {
  const made = new Map(); // view -> its blocks, from when one of them is first closed
  const groups = new Map(data.groups.map(([id, first, last]) => [`${first}-${last}`, at(id)]));
  const rows = new Map(); // frame of a picture -> its row in the table
  for (const view of data.views) {
    for (const [id, indices, own] of view.frames) {
      const row = groups.get(`${indices[0]}-${indices[0] + own - 1}`);
      if (row) rows.set(at(id), row);
    }
  }
  const toldOf = (view) => data.views[all(".view").indexOf(view)];
  const framesOf = (view) => toldOf(view).frames.map(([id]) => at(id));

  function shown() {
    const view = shownView();
    const { axis } = toldOf(view);
    if (axis && !made.has(view)) made.set(view, blocksOf(view.querySelector("svg"), framesOf(view), axis));
    return made.get(view);
  }

  // Write below a block's title what is in it.
  function sumUp(frame) {
    const title = frame.querySelector("text");
    const [, indices, own] = toldOf(shownView()).frames.find(([id]) => id === frame.id);
    const count = indices.slice(0, own).reduce((total, index) => total + layers[index].parameters, 0);
    const words = title.cloneNode(false);
    words.setAttribute("y", Number(title.getAttribute("y")) + 16);
    words.classList.add("sum");
    words.textContent = `${own} layers, ${count.toLocaleString("en")} parameters`;
    frame.append(words);
  }

  function set(frames, shut) {
    if (!frames.length || !shown()) return;
    for (const frame of frames) {
      rows.get(frame)?.querySelector("button").setAttribute("aria-expanded", String(!shut));
      if (shut && !frame.querySelector(".sum")) sumUp(frame);
    }
    shown().set(frames, shut);
    foldRows();
    change();
  }
  const toggle = (frame) => set([frame], !shown()?.isShut(frame));

  return {
    toggle,
    hides: (view, box) => made.get(view)?.hides(box) || null,
    // The innermost open block around a layer, or the closed one that hides it.
    blockOf(index) {
      const box = boxOf(index);
      if (!box || box.classList.contains("shut")) return box;
      const here = around[index].filter((part) => part.tagName === "g" && shownView().contains(part));
      return here.reduce((best, part) => (best && owned.get(best).length <= owned.get(part).length ? best : part), null);
    },
    // A block that is one card in this picture is open in the next; there its neighbours are closed one by one.
    openCard(card, deeper) {
      const others = [...closed].filter((box) => box !== card && shownView().contains(box));
      const ends = new Set(others.map((box) => owned.get(box).join()));
      deeper();
      set(framesOf(shownView()).filter((frame) => ends.has(owned.get(frame).join())), true);
    },
    // Turn a row's button, and the block of the picture that it is about.
    turn(button) {
      const shut = button.getAttribute("aria-expanded") === "true";
      button.setAttribute("aria-expanded", String(!shut));
      const frame = framesOf(shownView()).find((one) => rows.get(one) === button.closest("tr"));
      if (frame) set([frame], shut);
      else foldRows();
    },
    // Put a sign at the corner of each block of a picture.
    sign(view) {
      if (!toldOf(view).axis) return;
      for (const frame of framesOf(view)) {
        const rect = frame.querySelector("rect");
        const sign = document.createElementNS("http://www.w3.org/2000/svg", "text");
        sign.setAttribute("class", "toggle");
        sign.setAttribute("x", Number(rect.getAttribute("x")) + Number(rect.getAttribute("width")) - 14);
        sign.setAttribute("y", Number(rect.getAttribute("y")) + 5);
        sign.textContent = "−";
        frame.append(sign);
        frame.setAttribute("tabindex", "-1");
        frame.setAttribute("role", "button");
        frame.setAttribute("aria-expanded", "true");
      }
    },
  };
}
