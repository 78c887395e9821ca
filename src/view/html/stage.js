/* What all plots have in common: the shared x scale, the cursor, zooming, marks, colours. */

const stage = {
	plots: [], /* { u, describe(x, y), pick(x, y), onRange() } */
	hovered: null,
	width: () => Math.max(byId("timeline").clientWidth, 200),
	gutter: () => (stage.width() < 640 ? 92 : 176),
};

const BINARY = Array.from({ length: 50 }, (_, i) => 2 ** i); /* steps of axes of sizes */

let colors = {};
const color = (name) => (colors[name] ??=
	getComputedStyle(document.documentElement).getPropertyValue(name).trim());

/* After the theme has changed. */
function repaint() {
	colors = {};
	for (const p of stage.plots)
		p.u.redraw(false, true);
}

const pixels = (n) => n * devicePixelRatio;

/* A line through all plots where a process was killed. */
function drawMarks(u) {
	const { ctx, bbox } = u;

	ctx.save();
	ctx.strokeStyle = color("--bad");
	ctx.lineWidth = pixels(1);
	ctx.setLineDash([pixels(4), pixels(3)]);
	for (const t of oomTimes) {
		const x = u.valToPos(t, "x", true);

		if (x < bbox.left || x > bbox.left + bbox.width)
			continue;
		ctx.beginPath();
		ctx.moveTo(x, bbox.top);
		ctx.lineTo(x, bbox.top + bbox.height);
		ctx.stroke();
	}
	ctx.restore();
}

/* The power of ten that a step of an axis is a whole number of: 0.25 needs two places. */
const wholeStep = (step) => [1, 0.1, 0.01, 0.001].find((p) =>
	Math.abs(step / p - Math.round(step / p)) < 1e-3 && step > p / 2) ?? 1e-6;

function timeAxis(show) {
	return {
		show, size: 26, gap: 4, font: "12px system-ui, sans-serif",
		stroke: () => color("--ink-2"),
		grid: { stroke: () => color("--grid"), width: 1 },
		ticks: { stroke: () => color("--grid"), size: 4 },
		space: 90,
		values: (u, splits) => splits.map((s) => fmtTime(s, wholeStep(splits[1] - splits[0] || 1))),
	};
}

function valueAxis(format) {
	return {
		...(format === fmtBytes && { incrs: BINARY }),
		size: () => stage.gutter(), gap: 6, font: "12px system-ui, sans-serif",
		stroke: () => color("--ink-2"),
		grid: { stroke: () => color("--grid"), width: 1 },
		ticks: { show: false },
		space: 28,
		values: (u, splits) => splits.map((s) => (s === null ? "" : format(s))),
	};
}

/* Dragging tells the view; a click without moving is a pick. */
function hooks(plot) {
	return {
		setSelect: [(u) => {
			const { left, width } = u.select;

			if (width < 4)
				return;
			u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
			view.set(u.posToVal(left, "x"), u.posToVal(left + width, "x"));
		}],
		setCursor: [(u) => {
			if (stage.hovered === plot)
				showTooltip(plot, u.cursor.left, u.cursor.top);
		}],
		draw: [drawMarks],
	};
}

function listen(plot) {
	const over = plot.u.over;
	let downAt = 0;

	over.addEventListener("mouseenter", () => { stage.hovered = plot; });
	over.addEventListener("mouseleave", () => {
		stage.hovered = null;
		hideTooltip();
	});
	over.addEventListener("mousedown", (e) => { downAt = e.clientX; });
	over.addEventListener("click", (e) => {
		const box = over.getBoundingClientRect();

		if (Math.abs(e.clientX - downAt) < 4)
			pin(plot, e.clientX - box.left, e.clientY - box.top);
	});
	over.addEventListener("dblclick", () => view.all());
	over.addEventListener("wheel", (e) => {
		const timeline = byId("timeline"), x = e.clientX - over.getBoundingClientRect().left;

		if (!e.ctrlKey && document.activeElement !== timeline)
			return;
		e.preventDefault();
		if (Math.abs(e.deltaX) > Math.abs(e.deltaY))
			view.pan(clamp(e.deltaX / 500, -0.5, 0.5));
		else
			view.zoom(clamp(Math.exp(e.deltaY / 300), 0.2, 5), plot.u.posToVal(x, "x"));
	}, { passive: false });
}

/* Adds a plot with a heading to the timeline. opts: those of uPlot that are its own. */
function addPlot(plot, title, opts, values) {
	const box = el("div", { className: "plot" }), heading = el("div", { className: "plot-title" });
	const own = hooks(plot);

	heading.append(title);
	box.append(heading);
	byId("timeline").append(box);
	for (const [name, list] of Object.entries(opts.hooks ?? {}))
		own[name] = [...list, ...(own[name] ?? [])];
	plot.u = new uPlot({
		width: stage.width(), padding: [6, 34, opts.axes[0].show ? 0 : 8, 0],
		legend: { show: false },
		cursor: {
			y: false, points: { show: false },
			drag: { x: true, y: false, setScale: false },
			bind: { dblclick: () => () => null },
			sync: { key: "memtrace", scales: ["x", null],
				filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } },
		},
		...opts,
		scales: { x: { time: true, range: () => [view.min, view.max] }, ...opts.scales },
		hooks: own,
	}, values, box);
	plot.box = box;
	stage.plots.push(plot);
	listen(plot);
	return plot;
}

function setupStage() {
	let width = stage.width();

	view.listeners.push(() => {
		for (const p of stage.plots) {
			if (p.onRange)
				p.onRange();
			else
				p.u.setScale("x", { min: view.min, max: view.max });
		}
	});
	new ResizeObserver(() => {
		if (stage.width() === width)
			return;
		width = stage.width();
		resizePlots(width);
	}).observe(byId("timeline"));
}

function resizePlots(width) {
	for (const p of stage.plots) {
		p.u.setSize({ width, height: p.u.height });
		p.onResize?.();
	}
	view.changed();
}
