/* The top of the page: verdict, key figures, what the waiting was for. */

function tile(label, value, note, bad) {
	return el("div", { className: `tile${bad ? " bad" : ""}` }, el("div", { className: "tile-label" }, label),
		el("div", { className: "tile-value" }, el("bdi", {}, value)),
		note ? el("div", { className: "tile-note" }, el("bdi", {}, note)) : null);
}

function mainCause() {
	const list = data.causes.map((c, i) => [i, data.stalls.causes[`${c}_ns`]]).sort((a, b) => b[1] - a[1]);

	return list[0][1] ? list[0] : null;
}

/* The cgroup whose limit most of the waiting was for; several of them; or the machine. */
function shortTile(s) {
	const targets = data.cgroups.filter((c) => c.forced_ns).sort((a, b) => b.forced_ns - a.forced_ns);
	const most = targets[0], forced = sum(targets.map((c) => c.forced_ns));
	const limit = most?.limit_bytes ? `at its limit of ${fmtBytes(most.limit_bytes)}` : "at its limit";

	if (forced * 2 <= s.total_ns)
		return tile("What was short", "the machine's memory", `${fmtBytes(data.mem_total_bytes)} in all`);
	if (most.forced_ns * 2 > forced)
		return tile("What was short", shortPath(most.path, 48), limit);
	return tile("What was short", `limits of ${plural(targets.length, "cgroup")}`,
		`most: ${shortPath(most.path, 48)}`);
}

function stallTiles() {
	const top = data.processes[0], s = data.stalls, cause = mainCause();
	const tiles = [tile("Who waited most", taskName(top.comm, top.pid),
		`${fmtNs(top.stalls.total_ns)} of ${fmtNs(s.total_ns)} in all, ${plural(s.count, "stall")}`)];

	if (cause)
		tiles.push(tile("What for", `${causeName(cause[0])} ${fmtPercent(cause[1], s.total_ns)}`,
			causeWords(cause[0])));
	tiles.push(shortTile(s));
	return tiles;
}

function keyFigures() {
	const tiles = data.stalls.count && data.processes[0]?.stalls ? stallTiles() : [];
	const culprit = data.culprits[0];

	if (culprit && culprit.total_bytes >= 1 << 20)
		tiles.push(tile("Who took memory meanwhile", taskName(culprit.comm, culprit.pid),
			`${fmtBytes(culprit.total_bytes)}${culprit.scope ? ` in ${shortPath(culprit.scope, 48)}` : ""}`));
	if (data.stalls.count)
		tiles.push(tile("Longest stall", fmtNs(data.stalls.max_ns), `p99 ${fmtNs(data.stalls.p99_ns)}`));
	if (data.faults.major)
		tiles.push(tile("Major faults", fmtCount(data.faults.major),
			data.faults.p99_ns === null ? "" : `p99 ${fmtNs(data.faults.p99_ns)}`));
	if (data.ooms.length)
		tiles.push(tile("OOM kills", fmtCount(data.ooms.length + data.more_ooms),
			taskName(data.ooms[0].comm, data.ooms[0].pid), true));
	return tiles;
}

/* One bar: all stall time by what it went into. */
function causeBar() {
	const bar = el("div", { className: "cause-bar", role: "img" }), total = data.stalls.total_ns, words = [];

	[...data.causes.map((c) => data.stalls.causes[`${c}_ns`]), data.stalls.causes_unknown_ns].forEach((v, c) => {
		const e = el("span", { title: `${causeName(c)}: ${fmtNs(v)}, ${fmtPercent(v, total)}` });

		if (!v)
			return;
		e.style.flexGrow = v / total;
		e.style.background = `var(${causeColor(c)})`;
		bar.append(e);
		words.push(`${causeName(c)} ${fmtPercent(v, total)}`);
	});
	bar.setAttribute("aria-label", `Stall time by cause: ${words.join(", ")}`);
	return total ? bar : null;
}

function setupSummary() {
	const [lead, ...rest] = data.verdict, box = byId("verdict");

	box.classList.toggle("bad", data.ooms.length > 0);
	if (data.caveat)
		box.append(el("p", { className: "caveat" }, data.caveat));
	box.append(el("p", { className: "lead" }, el("bdi", {}, lead ?? "Nothing is known.")));
	box.append(...rest.map((s) => el("p", {}, el("bdi", {}, s))));
	box.append(...[causeBar(), el("div", { className: "tiles" }, keyFigures())].filter(Boolean));
}

function setupFrame() {
	const where = [data.hostname, data.kernel && `Linux ${data.kernel}`, data.cpus && `${data.cpus} CPUs`,
		data.mem_total_bytes && fmtBytes(data.mem_total_bytes)].filter(Boolean);
	const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

	byId("run").textContent = safe(` ${where.join(" · ")}`);
	document.title = safe(`memtrace: ${data.hostname || data.file || "a recording"}, ` +
		`${fmtDate(data.begin)} ${fmtTime(data.begin, 1)}`);
	byId("foot").append(el("p", {}, `Watched: ${data.watching ?? "all processes"}. `,
		data.file ? `Recording: ${data.file}${data.recorded_by ? ` (by memtrace ${data.recorded_by})` : ""}. ` : "",
		`Times are of ${zone}. memtrace ${data.memtrace}; curves by uPlot, whose licence is in this file.`));
}

function setupCut() {
	const said = [];
	const rest = (raw, what) => raw.dropped && said.push(`${plural(raw.dropped, what)} of ` +
		`${fmtNs(raw.shortest_ns)} or less are only in the bars, not one by one.`);
	const many = (n, shownLanes, what) => n > shownLanes &&
		said.push(`The ${shownLanes} ${what} that waited most have lanes.`);

	rest(data.slices, "stall");
	rest(data.fault_slices, "major fault");
	many(data.timeline.more_processes, processLanes.length, "processes");
	many(data.timeline.more_cgroups, cgroupLanes.length, "cgroups");
	if (lanes.list.length)
		said.push(`A bar stands for at least ${fmtNs(data.timeline.width_ns)}; a lane is full where a thread ` +
			"waited all the time. The strip below it: major faults.");
	byId("cut").textContent = said.join(" ");
}
