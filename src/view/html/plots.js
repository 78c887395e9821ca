/* Curves: stall time per second by cause; memory and swap; PSI; the top growers. */

const BARS = 240; /* of stall time in view, at most */
const LINES = ["--line-1", "--line-2", "--line-3", "--line-4", "--line-5", "--line-6", "--line-7",
	"--line-8"];

/* Stall time per second in view, a few buckets to a bar; the topmost sum first. */
function rateData() {
	const span = view.max - view.min;
	const step = Math.max(1, Math.ceil(span / bucketSeconds / BARS));
	const first = Math.max(0, Math.floor((view.min - data.begin) / bucketSeconds / step) * step);
	const x = [], stacks = Array.from({ length: CAUSES }, () => []);

	for (let b = first; b < bucketCount && data.begin + b * bucketSeconds <= view.max; b += step) {
		const to = Math.min(b + step, bucketCount), causes = columnCauses(all, b, to);
		let height = 0;

		x.push(data.begin + b * bucketSeconds);
		causes.forEach((ns, c) => {
			height += ns / 1e9 / ((to - b) * bucketSeconds);
			stacks[c].push(height);
		});
	}
	if (x.length === 1) { /* uPlot takes the width of bars from their distance */
		x.push(x[0] + step * bucketSeconds);
		stacks.forEach((s) => s.push(null));
	}
	return [x, ...stacks.reverse()];
}

const fmtWaiting = (v) => (v === 0 ? "0" : v < 1 ? `${+(v * 1000).toPrecision(3)} ms/s`
	: `${+v.toPrecision(3)} s/s`);

function setupRate() {
	const bars = uPlot.paths.bars({ size: [1, Infinity], align: 1, gap: 0 });
	const plot = { describe: describeRate, pick: () => null };
	const series = Array.from({ length: CAUSES }, (_, k) => {
		const c = CAUSES - 1 - k;

		return { paths: bars, points: { show: false }, width: 0, fill: () => color(causeColor(c)) };
	});

	addPlot(plot, "Stall time per second (1 s/s: one thread waits all the time)", {
		height: 150,
		series: [{}, ...series],
		scales: { y: { range: (u, lo, hi) => [0, Math.max(hi * 1.08, 0.001)] } },
		axes: [timeAxis(true), valueAxis(fmtWaiting)],
	}, rateData());
	plot.onRange = () => plot.u.setData(rateData());
}

/* Those that no line leads to: of a process that one snapshot found, say. */
function alone(u, series) {
	const v = u.data[series], there = (i) => v[i] !== null && v[i] !== undefined;

	return v.map((_, i) => i).filter((i) => there(i) && !there(i - 1) && !there(i + 1));
}

function lineSeries(name, stroke, extra = {}) {
	return { label: name, stroke: () => color(stroke), width: 1.5,
		points: { show: true, size: 5, fill: () => color(stroke), filter: alone },
		spanGaps: false, ...extra };
}

/* A key below the heading: a line's colour and its name. */
function lineKey(lines) {
	return el("span", { className: "key" }, lines.map((l) => {
		const mark = el("i", { className: "mark" });

		mark.style.background = `var(${l.stroke})`;
		return el("span", { className: "key-item" }, mark, el("bdi", {}, l.name));
	}));
}

/* lines: { name, stroke, values }. */
function addLines({ title, lines, format, top }, last) {
	const heading = el("span", {}, title, lineKey(lines));
	const plot = { pick: () => null };
	const most = Math.max(top, ...lines.flatMap((l) => l.values.map((v) => v ?? 0)));

	plot.describe = (x) => describeLines(plot, lines, format, x);
	addPlot(plot, heading, {
		height: last ? 138 : 112,
		series: [{}, ...lines.map((l) => lineSeries(l.name, l.stroke))],
		scales: { y: { range: [0, most * 1.08] } },
		axes: [timeAxis(last), valueAxis(format)],
	}, [points.x, ...lines.map((l) => l.values)]);
}

const known = (values) => values.some((v) => v !== null);

function setupCurves() {
	const memory = [
		{ name: "available", stroke: "--line-1", values: points.available },
		{ name: "free", stroke: "--line-2", values: points.free },
		{ name: "swap used", stroke: "--line-3", values: points.swap },
	].filter((l) => known(l.values));
	const psi = [
		{ name: "some task waits", stroke: "--line-4", values: points.psiSome },
		{ name: "all tasks wait", stroke: "--line-3", values: points.psiFull },
	].filter((l) => known(l.values));
	const traffic = [
		{ name: "in", stroke: "--line-1", values: points.swapins },
		{ name: "out", stroke: "--line-3", values: points.swapouts },
	].filter((l) => l.values.some((v) => v));
	const growers = points.growers.map((g, i) => ({
		name: taskName(g.comm, g.pid), stroke: LINES[i], values: g.rss,
	})).filter((l) => known(l.values));

	if (points.x.length < 2)
		return;
	const plots = [
		{ title: "Memory of the machine", lines: memory, format: fmtBytes, top: 1 << 20 },
		{ title: "Pressure (PSI, share of time)", lines: psi, format: (v) => `${+v.toPrecision(3)} %`, top: 1 },
		{ title: "Resident memory of who grew most", lines: growers, format: fmtBytes, top: 1 << 20 },
		{ title: "Swap traffic, pages", lines: traffic, format: fmtRate, top: 1 },
	].filter((p) => p.lines.length);

	plots.forEach((p, i) => addLines(p, i === plots.length - 1));
}

/* The causes, as buttons that take them out of the drawing. */
function setupLegend() {
	const total = data.stalls.total_ns, ns = data.causes.map((c) => data.stalls.causes[`${c}_ns`]);

	ns.push(data.stalls.causes_unknown_ns);
	byId("legend").append(...ns.map((v, c) => {
		const mark = el("i", { className: "mark box" });
		const b = el("button", { type: "button", "aria-pressed": "true", className: "chip" }, mark,
			el("b", {}, causeName(c)), " ", causeWords(c), el("span", { className: "num" },
				fmtPercent(v, total)));

		mark.style.background = `var(${causeColor(c)})`;
		b.addEventListener("click", () => {
			const off = !view.hidden.delete(c);

			if (off)
				view.hidden.add(c);
			b.setAttribute("aria-pressed", String(!off));
			view.changed();
			repaint();
		});
		return v ? b : null;
	}).filter(Boolean));
	if (!total)
		byId("legend").hidden = true;
}
