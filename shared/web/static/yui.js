// Reading needs no script. This draws charts from the tables beside them, keeps a form from being sent twice,
// and tells whether the live stream is connected.

const styles = getComputedStyle(document.documentElement);
const color = (name) => styles.getPropertyValue(name).trim();
const PALETTE = ["--color-primitive-blue-900", "--color-primitive-light-blue-500", "--color-primitive-yellow-600"];
const numbers = new Intl.NumberFormat("ja-JP");

function readTable(table) {
  const heads = [...table.tHead.rows[0].cells];
  const columns = heads.map((head, index) => ({ index, series: head.dataset.series, word: head.textContent.trim() }));
  const rows = [...table.tBodies[0].rows];
  return {
    labels: rows.map((row) => row.cells[0].dataset.short ?? row.cells[0].textContent.trim()),
    series: columns
      .filter((column) => column.series)
      .map((column) => ({ ...column, values: rows.map((row) => Number(row.cells[column.index].dataset.value)) })),
  };
}

function drawChart(canvas) {
  const { labels, series } = readTable(document.getElementById(canvas.dataset.table));
  const wanted = canvas.dataset.series.split(" ");
  const stacked = !("beside" in canvas.dataset);
  const datasets = series
    .filter((each) => wanted.includes(each.series))
    .map((each, index) => ({
      label: each.word,
      data: each.values,
      backgroundColor: color(PALETTE[index % PALETTE.length]),
      borderRadius: 3,
      maxBarThickness: 44,
    }));
  new Chart(canvas, {
    type: "bar",
    data: { labels, datasets },
    options: {
      animation: false,
      maintainAspectRatio: false,
      plugins: {
        legend: { display: datasets.length > 1, position: "bottom" },
        tooltip: {
          callbacks: { label: (item) => `${item.dataset.label}: ${numbers.format(item.raw)}${canvas.dataset.unit}` },
        },
      },
      scales: {
        x: { stacked, grid: { display: false } },
        y: { stacked, beginAtZero: true, ticks: { precision: 0 } },
      },
    },
  });
}

function drawCharts() {
  if (typeof Chart === "undefined") return;
  Chart.defaults.font.family = styles.getPropertyValue("--sans");
  Chart.defaults.font.size = 13;
  Chart.defaults.color = color("--ink-quiet");
  document.querySelectorAll("canvas[data-table]").forEach(drawChart);
}

function sendOnce(event) {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (form.method === "post") form.dataset.sent = "yes";
}

function showConnection(connected) {
  document.querySelectorAll(".pulse").forEach((pulse) => pulse.classList.toggle("lost", !connected));
  document.querySelectorAll("[data-connection]").forEach((text) => {
    text.textContent = connected ? "つながっています" : "つなぎ直しています…";
  });
}

document.addEventListener("DOMContentLoaded", () => {
  drawCharts();
  document.querySelector("[data-focus]")?.focus();
  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });
});
document.addEventListener("submit", sendOnce);
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});
document.addEventListener("htmx:sse:after:connection", () => showConnection(true));
document.addEventListener("htmx:sse:error", () => showConnection(false));
document.addEventListener("htmx:sse:close", () => showConnection(false));
