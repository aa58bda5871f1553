// One chart, drawn once and then changed in place: Plotly.react moves marks where a new chart would be built from nothing.
//
// Streamlit calls the default export when a chart appears and whenever its data changes; `parentElement` stays the same
// as long as the chart does. Charts far outside the window wait until they come near, until a browser at rest has time
// for them, or until the page is printed. Their space is kept, so nothing moves.

const NEAR = "300px"; // how far outside the window a chart is drawn already
const NARROW = 420; // pixels below which a chart takes the changes that it carries for phones (layout.meta.narrow)
const REST = 2500; // milliseconds without a change or an act of the reader after which charts out of sight are brought up to date too
const CONFIG = { displayModeBar: false, scrollZoom: false, doubleClick: false, responsive: false };

const charts = new Map(); // parentElement → what is known of its chart
let plotly; // the promise of Plotly, loaded once a session
let timer;
let rests = 0; // of several rests that have begun the latest counts

function load(address) {
  plotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      plotly = undefined; // the next change tries again
      script.remove();
      reject(new Error(`The chart library could not be loaded from ${address}.`));
    };
    document.head.append(script);
  });
  return plotly;
}

const nearby = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      const chart = charts.get(entry.target.parentElement);
      if (!chart) continue;
      chart.near = entry.isIntersecting;
      if (chart.near) draw(chart);
    }
  },
  { rootMargin: NEAR, scrollMargin: NEAR } // the page scrolls inside the window, where the first alone says nothing
);

const sized = new ResizeObserver((entries) => {
  for (const entry of entries) {
    const chart = charts.get(entry.target.parentElement);
    const width = Math.round(entry.contentRect.width);
    if (!chart || !width || width === chart.width) continue;
    chart.width = width;
    if (chart.drawn) draw(chart, true);
  }
});

// The figure as it is for this width: on a phone with other labels, ranges or height.
function fitted({ data, layout }, width) {
  const narrow = width < NARROW && layout.meta?.narrow;
  if (!narrow) return { data, layout };
  const joined = Object.entries(narrow.layout).map(([part, value]) => [part, isPlain(value) ? { ...layout[part], ...value } : value]);
  return { data: data.map((trace, place) => ({ ...trace, ...narrow.traces[place] })), layout: { ...layout, ...Object.fromEntries(joined) } };
}

const isPlain = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

async function draw(chart, again = false) {
  const { host, spec, address } = chart;
  if (!again && chart.drawn === spec) return;
  try {
    const library = await load(address);
    if (chart.spec !== spec || !host.clientWidth || (!again && chart.drawn === spec)) return; // a later call is on its way
    if (chart.drawn === undefined) host.replaceChildren();
    chart.drawn = spec;
    chart.width = Math.round(host.clientWidth);
    const { data, layout } = fitted(JSON.parse(spec), chart.width);
    host.style.height = `${layout.height}px`;
    host.setAttribute("role", layout.map ? "figure" : "img"); // a map on tiles holds links and takes keys; a chart does not
    if (chart.locale) library.register({ moduleType: "locale", dictionary: {}, ...chart.locale });
    const config = chart.locale ? { ...CONFIG, locale: chart.locale.name } : CONFIG;
    await library.react(host, data, { ...layout, width: chart.width, autosize: false }, config);
  } catch (error) {
    chart.drawn = undefined;
    host.setAttribute("role", "note"); // what stands in a picture is not read out
    host.textContent = chart.failed;
    throw error;
  }
}

function idle(rest) {
  const behind = [...charts.values()].find((chart) => chart.drawn !== chart.spec && chart.host.clientWidth);
  if (!behind || rest !== rests) return;
  draw(behind).then(() => whenIdle(() => idle(rest)), () => {});
}

const whenIdle = (act) => (window.requestIdleCallback ?? window.setTimeout)(act);

function restLater() {
  clearTimeout(timer); // a turn of the wheel asks a hundred times
  const rest = ++rests;
  timer = setTimeout(() => whenIdle(() => idle(rest)), REST);
}

for (const act of ["keydown", "pointerdown", "wheel"]) window.addEventListener(act, restLater, { capture: true, passive: true });
window.addEventListener("beforeprint", () => charts.forEach((chart) => draw(chart)));

export default function ({ data, parentElement }) {
  let chart = charts.get(parentElement);
  if (!chart) {
    const host = document.createElement("div");
    host.className = "plot";
    host.dataset.testid = "stPlotlyChart";
    host.setAttribute("role", "img");
    parentElement.append(host);
    chart = { host, near: false, calls: 0 };
    charts.set(parentElement, chart);
    nearby.observe(host);
    sized.observe(host);
  }
  chart.address = new URL(data.library, import.meta.url).href;
  chart.host.setAttribute("aria-label", data.alt);
  chart.locale = data.locale; // names of months and days, separators; none for English
  chart.failed = data.failed;
  if (!chart.drawn) chart.host.style.height = `${data.height}px`; // drawing sets its own
  if (chart.spec !== data.figure) {
    chart.spec = data.figure;
    if (chart.near) draw(chart);
    restLater();
  }
  const call = ++chart.calls;
  return () => {
    if (call !== chart.calls) return; // an earlier call, overtaken by a later one to the same chart
    charts.delete(parentElement);
    nearby.unobserve(chart.host);
    sized.unobserve(chart.host);
    if (chart.drawn) window.Plotly.purge(chart.host);
    chart.host.remove();
  };
}
