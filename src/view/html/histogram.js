/* Latency histograms: tables with a bar per row, which print and can be read out. */

function histogramTable(title, stats, empty) {
	const rows = stats?.histogram ?? [], most = Math.max(1, ...rows.map((r) => r.count));
	const caption = el("h3", {}, title);

	if (!rows.length)
		return el("div", {}, caption, el("p", { className: "hint" }, empty));
	return el("div", {}, caption, el("p", { className: "hint" },
		`p50 ${fmtNs(stats.p50_ns)} · p95 ${fmtNs(stats.p95_ns)} · p99 ${fmtNs(stats.p99_ns)} · ` +
		`longest ${fmtNs(stats.max_ns)}`),
	el("table", { className: "hist", "aria-label": safe(title) }, el("thead", {}, el("tr", {},
		el("th", { scope: "col" }, "up to"), el("th", { scope: "col" }, "how many"),
		el("th", { scope: "col" }, el("span", { className: "visually-hidden" }, "share")))),
	el("tbody", {}, rows.map((r) => {
		const bar = el("div", { className: "hist-bar" });

		bar.style.width = r.count ? `max(1px, ${100 * r.count / most}%)` : "0";
		return el("tr", {}, el("td", { className: "num" }, r.le_ns > 1e16 ? "more" : fmtNs(r.le_ns)),
			el("td", { className: "num" }, fmtCount(r.count)), el("td", { className: "hist-cell" }, bar));
	}))));
}

function showHistograms(who) {
	const p = who < 0 ? data : data.processes[who];

	byId("histograms").replaceChildren(
		histogramTable("Stalls", p.stalls, "No stalls."),
		histogramTable("Major faults", p.faults, "No major faults whose length is known."));
}

function setupHistograms() {
	const select = byId("who");

	select.append(el("option", { value: "-1" }, "all processes"));
	data.processes.forEach((p, i) => {
		if (p.stalls || p.faults?.histogram.length)
			select.append(el("option", { value: String(i) }, taskName(p.comm, p.pid)));
	});
	select.addEventListener("change", () => showHistograms(Number(select.value)));
	showHistograms(-1);
}
