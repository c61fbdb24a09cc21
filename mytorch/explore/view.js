// An explorer in the page: question, controls, picture, sentence, error line.
//
// Python sends the picture as SVG markup; the page sends back the controls' values and where the mouse drags. Both are
// traits of one model. A model sends nothing while Python is at work, then only its latest state: sliding never queues up.

const SVG = "http://www.w3.org/2000/svg";

function element(tag, className, text = "") {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}

// Each kind of control: a function that makes its node and a function `show(value)`, and calls `changed(value)`.

function slider(control, changed) {
  const node = element("label", "mt-slider");
  const input = Object.assign(document.createElement("input"), { type: "range" });
  const output = element("output", "mt-value");
  Object.assign(input, { min: control.low, max: control.high, step: control.step, ariaLabel: control.label });
  node.style.setProperty("--color", control.color);
  input.addEventListener("input", () => changed(input.valueAsNumber));
  node.append(element("span", "mt-name", control.label), input, output);
  const show = (value) => {
    input.value = value;
    output.textContent = value.toFixed(control.digits).replace("-", "−");
  };
  return { node, show };
}

function choice(control, changed) {
  const node = element("label", "mt-choice");
  const select = Object.assign(element("select", ""), { ariaLabel: control.label });
  for (const option of control.options) select.append(new Option(option, option));
  select.addEventListener("change", () => changed(select.value));
  node.append(element("span", "mt-name", control.label), select);
  return { node, show: (value) => (select.value = value) };
}

function tick(control, changed) {
  const node = element("label", "mt-tick");
  const box = Object.assign(document.createElement("input"), { type: "checkbox" });
  box.addEventListener("change", () => changed(box.checked));
  node.append(box, element("span", "mt-name", control.label));
  return { node, show: (value) => (box.checked = value) };
}

function button(control, changed, press) {
  const node = element("button", "mt-button", control.label);
  node.type = "button";
  node.addEventListener("click", () => press(control.name));
  return { node, show: () => {} };
}

const KINDS = { slider, choice, tick, button };

// The places that a drag reports are pixels of the picture as Python drew it, whatever its size on the screen.
function dragging(svg, report) {
  let handle = null;
  const move = (event) => {
    if (handle === null) return;
    const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    report({ handle, x: place.x, y: place.y });
  };
  svg.addEventListener("pointerdown", (event) => {
    const mark = event.button === 0 && event.target.closest("[data-drag]");
    if (!mark) return;
    event.preventDefault();
    handle = mark.dataset.drag;
    svg.setPointerCapture(event.pointerId); // the mark itself is drawn anew at every move
    move(event);
  });
  svg.addEventListener("pointermove", move);
  for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, () => (handle = null));
}

// Hand on at most once a second: at once, or the latest when the second is over.
function paced(show) {
  const SECOND = 1000;
  let latest, timer, last = -SECOND;
  return (value) => {
    latest = value;
    timer ??= setTimeout(() => {
      timer = undefined;
      last = performance.now();
      show(latest);
    }, Math.max(0, last + SECOND - performance.now()));
  };
}

// Who asks for less motion sees what plays as one picture a second; what they move themselves follows at once.
const CALM = matchMedia("(prefers-reduced-motion: reduce)");
function calmed(show) {
  const slowly = paced(show);
  return (value, isOwn) => (CALM.matches && !isOwn ? slowly : show)(value);
}

function render({ model, el }) {
  let moved = -Infinity; // when the reader moved something last
  const set = (name, value) => {
    moved = performance.now();
    model.set(name, value);
    model.save_changes();
  };
  const follow = (name, show) => {
    model.on(`change:${name}`, () => show(model.get(name)));
    show(model.get(name));
  };

  const root = element("section", "mt-explorer mt-alive");
  root.setAttribute("aria-label", model.get("question"));

  const reset = element("button", "mt-button mt-reset", "Reset");
  reset.type = "button";
  reset.addEventListener("click", () => model.send({ press: "reset" }));
  const head = element("header", "mt-head");
  head.append(element("p", "mt-question", model.get("question")), reset);

  const controls = element("div", "mt-controls");
  const shows = {};
  for (const row of model.get("controls")) {
    const line = element("div", "mt-row");
    line.style.setProperty("--columns", row.filter((control) => control.kind === "slider").length);
    for (const control of row) {
      const changed = (value) => {
        shows[control.name](value);
        set("values", { ...model.get("values"), [control.name]: value });
      };
      const { node, show } = KINDS[control.kind](control, changed, (name) => model.send({ press: name }));
      shows[control.name] = show;
      line.append(node);
    }
    controls.append(line);
  }

  const svg = document.createElementNS(SVG, "svg");
  const [width, height] = model.get("size");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", model.get("question"));
  svg.classList.add("mt-picture");
  const frame = element("div", "mt-frame"); // in a narrow window the picture keeps a size to be read at, and scrolls
  Object.assign(frame, { tabIndex: 0, role: "group", ariaLabel: "Picture" });
  frame.append(svg);
  const [back, front] = ["mt-back", "mt-front"].map((name) => {
    const layer = document.createElementNS(SVG, "g");
    layer.classList.add(name);
    svg.append(layer);
    return layer;
  });
  dragging(svg, (place) => set("drag", place));

  const said = element("p", "mt-said");
  const problem = element("p", "mt-problem");
  const spoken = element("p", "mt-spoken"); // the same two, for who hears them
  spoken.setAttribute("role", "status");
  for (const node of [said, problem]) node.ariaHidden = "true";

  const hidden = element("style", "", model.get("hidden")); // the still above it

  root.append(head, controls, frame, said, problem, spoken, hidden);
  for (const node of root.querySelectorAll("input, select, button")) {
    node.dataset.lmSuppressShortcuts = "true"; // while it has the focus, the arrow keys are its own, not JupyterLab's
  }
  el.append(root);

  follow("values", (values) => {
    for (const [name, value] of Object.entries(values)) shows[name](value);
  });
  const speak = paced(() => (spoken.textContent = `${said.textContent} ${problem.textContent}`));
  const shown = (show) => {
    const calmly = calmed(show);
    return (value) => calmly(value, performance.now() - moved < 500);
  };
  follow("back", shown((markup) => (back.innerHTML = markup)));
  follow("front", shown((markup) => (front.innerHTML = markup)));
  for (const [name, node] of Object.entries({ said, problem })) {
    follow(name, shown((words) => {
      node.textContent = words;
      speak();
    }));
  }

  // The kernel was restarted: a picture that no longer answers must not look alive.
  model.on("comm_live_update", () => {
    for (const node of [head, controls, frame]) node.setAttribute("inert", "");
    said.textContent = "The kernel was restarted: run this cell again to bring the picture back.";
    problem.textContent = "";
    speak();
  });
}

export default { render };
