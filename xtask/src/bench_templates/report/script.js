// Without this page's script the charts are as they are, sorted by value.
for (const sort of document.querySelectorAll(".sort")) {
  const chart = document.getElementById(sort.dataset.chart);
  const orders = {
    value: (a, b) => b.dataset.value - a.dataset.value,
    name: (a, b) => (a.dataset.name < b.dataset.name ? -1 : 1),
  };
  sort.hidden = false;
  sort.addEventListener("click", ({ target }) => {
    const order = orders[target.dataset.order];
    if (!order) return;
    for (const button of sort.children) button.setAttribute("aria-pressed", String(button === target));
    chart.append(...[...chart.children].sort(order));
  });
}

// On a phone a chart begins with some rows; the style says how many.
for (const chart of document.querySelectorAll(".chart")) {
  if (chart.children.length <= 20) continue;
  const more = document.createElement("button");
  more.type = "button";
  more.className = "more";
  more.textContent = `Show all ${chart.children.length}`;
  more.addEventListener("click", () => chart.classList.remove("short"));
  chart.classList.add("short");
  chart.after(more);
}
