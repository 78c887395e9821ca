/* Lanes: what each process and cgroup waited for, major faults, kswapd, OOM kills. */

const LANE = 26, LANE_GAP = 4, STRIP = 4, FEW_PROCESSES = 8, FEW_CGROUPS = 4;

const lanes = { list: [], showAll: false, plot: null };

/* The lanes that are shown, top to bottom; those with `heading` begin a group. */
function laneList() {
	const many = lanes.showAll;
	const processes = processLanes.slice(0, many ? undefined : FEW_PROCESSES);
	const cgroups = cgroupLanes.slice(0, many ? undefined : FEW_CGROUPS);
	const list = [];

	if (data.ooms.length)
		list.push({ kind: "oom", label: "OOM kills" });
	if (sum(all.faults.map((f) => sum(Array.from(f)))))
		list.push({ kind: "fault", label: "major faults" });
	if (sum(kswapdNs))
		list.push({ kind: "kswapd", label: "kswapd" });
	return [...list, ...processes, ...cgroups];
}

const lanesHeight = () => lanes.list.length * (LANE + LANE_GAP) + 6 + 26;
const laneTop = (u, i) => u.bbox.top + pixels(i * (LANE + LANE_GAP) + LANE_GAP);

/* Columns of whole buckets, at least two pixels wide: calls fn(x, width, from, to). */
function eachColumn(u, fn) {
	const perBucket = u.bbox.width * bucketSeconds / (view.max - view.min);
	const step = Math.max(1, Math.ceil(pixels(2) / perBucket));
	const first = Math.floor((view.min - data.begin) / bucketSeconds / step) * step;

	for (let b = Math.max(first, 0); b < bucketCount; b += step) {
		const begin = data.begin + b * bucketSeconds;

		if (begin > view.max)
			break;
		const x = u.valToPos(begin, "x", true);

		fn(x, perBucket * step, b, Math.min(b + step, bucketCount));
	}
}

function part(series, from, to) {
	let total = 0;

	for (let b = from; b < to; b++)
		total += series[b];
	return total;
}

function columnCauses(lane, from, to) {
	return lane.ns.map((series, c) => (view.hidden.has(c) ? 0 : part(series, from, to)));
}

/* Full height: at all times at least one thread waited. */
function drawBars(u, lane, top, height) {
	eachColumn(u, (x, width, from, to) => {
		const causes = columnCauses(lane, from, to), total = sum(causes);
		const most = (to - from) * data.timeline.width_ns;
		let y = top + height;

		if (!total)
			return;
		const scale = Math.max(Math.min(1, total / most) * height, pixels(1.5)) / total;

		causes.forEach((ns, c) => {
			if (!ns)
				return;
			u.ctx.fillStyle = color(causeColor(c));
			u.ctx.fillRect(x, y - ns * scale, Math.max(width - (width > pixels(4) ? pixels(0.5) : 0), 1),
				ns * scale);
			y -= ns * scale;
		});
	});
}

/* Few enough in view to be told apart. */
function visibleSlices(u, lane) {
	const list = waitsIn(stalls, lane.slices, lane.longest, view.min, view.max);

	return list.length * 4 <= u.over.clientWidth ? list : [];
}

function sliceBox(u, lane, i, top, height) {
	const left = u.valToPos(stalls.begin[i], "x", true), right = u.valToPos(stalls.end[i], "x", true);
	const { row, of } = lane.rows.get(i), h = height / of;

	return { x: left, y: top + row * h, w: Math.max(right - left, pixels(2)), h: h - (of > 1 ? pixels(1) : 0) };
}

/* Its causes from the top down, the largest first. */
function drawSlice(u, box, i) {
	let y = box.y;

	for (const [c, share] of stallCauses(i)) {
		if (view.hidden.has(c))
			continue;
		u.ctx.fillStyle = color(causeColor(c));
		u.ctx.fillRect(box.x, y, box.w, box.h * share);
		y += box.h * share;
	}
	if (i === details.selected) {
		u.ctx.strokeStyle = color("--ink");
		u.ctx.lineWidth = pixels(2);
		u.ctx.strokeRect(box.x - pixels(1), box.y, box.w + pixels(2), box.h);
	}
}

/* A thin strip below the stalls: major faults, the darker the more of the time they took. */
function drawStrip(u, lane, top) {
	u.ctx.fillStyle = color("--fault");
	eachColumn(u, (x, width, from, to) => {
		const share = part(lane.faultNs, from, to) / ((to - from) * data.timeline.width_ns);

		if (!share && !lane.faults.some((f) => part(f, from, to)))
			return;
		u.ctx.globalAlpha = clamp(Math.sqrt(share) * 1.5, 0.15, 1);
		u.ctx.fillRect(x, top, Math.max(width, pixels(1.5)), pixels(STRIP - 1));
	});
	u.ctx.globalAlpha = 1;
}

function drawWaits(u, lane, top) {
	const height = pixels(LANE - STRIP - 1), list = visibleSlices(u, lane);

	/* Behind single stalls those that are not told one by one. */
	u.ctx.globalAlpha = list.length ? 0.25 : 1;
	if (!list.length || data.slices.dropped)
		drawBars(u, lane, top, height);
	u.ctx.globalAlpha = 1;
	for (const i of list)
		drawSlice(u, sliceBox(u, lane, i, top, height), i);
	drawStrip(u, lane, top + height + pixels(1));
}

const faultsPerSecond = (from, to) => sum(all.faults.map((f) => part(f, from, to))) /
	((to - from) * bucketSeconds);

function drawFaults(u, lane, top) {
	const height = pixels(LANE);
	let most = 0;

	eachColumn(u, (x, w, from, to) => { most = Math.max(most, faultsPerSecond(from, to)); });
	u.ctx.fillStyle = color("--fault");
	eachColumn(u, (x, width, from, to) => {
		const rate = faultsPerSecond(from, to);

		if (rate)
			u.ctx.fillRect(x, top + height * (1 - rate / most), Math.max(width, pixels(1.5)),
				Math.max(height * rate / most, pixels(2)));
	});
}

function drawKswapd(u, lane, top) {
	const height = pixels(LANE);

	u.ctx.fillStyle = color("--kswapd");
	eachColumn(u, (x, width, from, to) => {
		const share = Math.min(1, part(kswapdNs, from, to) / ((to - from) * data.timeline.width_ns));

		if (share)
			u.ctx.fillRect(x, top + height * (1 - share), Math.ceil(width), Math.max(height * share, pixels(1)));
	});
}

function drawOoms(u, lane, top) {
	const r = pixels(6), y = top + pixels(LANE / 2);

	u.ctx.strokeStyle = color("--bad");
	u.ctx.lineWidth = pixels(2.5);
	for (const t of oomTimes) {
		const x = u.valToPos(t, "x", true);

		u.ctx.beginPath();
		u.ctx.moveTo(x - r, y - r);
		u.ctx.lineTo(x + r, y + r);
		u.ctx.moveTo(x + r, y - r);
		u.ctx.lineTo(x - r, y + r);
		u.ctx.stroke();
	}
}

const drawLane = { process: drawWaits, cgroup: drawWaits, fault: drawFaults, kswapd: drawKswapd,
	oom: drawOoms };

function drawLanes(u) {
	const { ctx, bbox } = u;

	ctx.save();
	ctx.beginPath();
	ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
	ctx.clip();
	lanes.list.forEach((lane, i) => {
		const top = laneTop(u, i);

		ctx.fillStyle = color("--lane");
		ctx.fillRect(bbox.left, top, bbox.width, pixels(LANE));
		drawLane[lane.kind](u, lane, top);
	});
	ctx.restore();
}

/* The names are elements, so that they can be read, found and never run. */
function labelLanes() {
	const holder = lanes.labels;
	let last = "";

	holder.replaceChildren(...lanes.list.map((lane, i) => {
		const group = lane.kind === "cgroup" && last !== "cgroup";
		const e = el("div", { className: `lane-label${group ? " first" : ""}`, title: safe(laneTitle(lane)) },
			el("bdi", {}, shortPath(lane.label, stage.width() < 640 ? 13 : 26)));

		last = lane.kind;
		e.style.top = `${6 + i * (LANE + LANE_GAP) + LANE_GAP}px`;
		return e;
	}));
	holder.style.width = `${stage.gutter() - 8}px`;
}

function laneTitle(lane) {
	if (lane.kind === "process" || lane.kind === "cgroup")
		return `${lane.kind === "cgroup" ? "tasks in cgroup " : ""}${lane.label}: ` +
			`${fmtNs(lane.stallNs)} in ${plural(lane.stalls, "stall")}, ` +
			`${plural(lane.majfaults, "major fault")}` +
			(lane.since ? "; its earlier waits are in no lane" : "");
	return lane.label;
}

const laneAt = (y) => {
	const i = Math.floor((y - LANE_GAP) / (LANE + LANE_GAP));

	return i >= 0 && i < lanes.list.length ? i : -1;
};

/* The stall at a place of the plot, in CSS pixels; -1 = none that is drawn by itself. */
function sliceAt(u, lane, index, x, y) {
	const px = u.bbox.left + pixels(x), py = u.bbox.top + pixels(y);
	const height = pixels(LANE - STRIP - 1), slack = pixels(3);
	let best = -1;

	for (const i of visibleSlices(u, lane)) {
		const b = sliceBox(u, lane, i, laneTop(u, index), height);

		if (px >= b.x - slack && px <= b.x + b.w + slack && py >= b.y && py <= b.y + b.h + 1 &&
		    (best < 0 || data.slices.ns[i] < data.slices.ns[best]))
			best = i;
	}
	return best;
}

function setupLanes() {
	const more = el("button", { type: "button", className: "small" });
	const title = el("span", {}, "Who waited");
	const hidden = processLanes.length - FEW_PROCESSES > 0 || cgroupLanes.length - FEW_CGROUPS > 0;
	const plot = { describe: describeLane, pick: pickLane };

	attachSlices();
	lanes.list = laneList();
	if (!lanes.list.length)
		return;
	more.addEventListener("click", () => {
		lanes.showAll = !lanes.showAll;
		lanes.list = laneList();
		more.textContent = lanes.showAll ? "Fewer lanes" : "All lanes";
		plot.u.setSize({ width: stage.width(), height: lanesHeight() });
		labelLanes();
	});
	more.textContent = "All lanes";
	more.hidden = !hidden;
	title.append(more);
	lanes.plot = addPlot(plot, title, {
		height: lanesHeight(),
		series: [{}, { show: false }],
		scales: { y: { range: [0, 1] } },
		axes: [timeAxis(true), { ...valueAxis(() => ""), grid: { show: false } }],
		hooks: { draw: [drawLanes] },
	}, [view.full, [0, 0]]);
	plot.onResize = labelLanes;
	lanes.labels = el("div", { className: "lane-labels" });
	plot.u.root.append(lanes.labels);
	labelLanes();
}
