/* What is under the pointer, in a tooltip; what was clicked, in a panel that stays. */

const details = { selected: -1 };

/* A description is { title, rows: [[name, value, colour?]] }; null = nothing to tell. */
function descriptionNodes(d) {
	return [el("div", { className: "tip-title" }, el("bdi", {}, d.title)),
		el("dl", {}, d.rows.filter(Boolean).map(([name, value, colour]) => {
			const dt = el("dt", {}, name);

			if (colour) {
				const mark = el("i", { className: "mark box" });

				mark.style.background = `var(${colour})`;
				dt.prepend(mark);
			}
			return [dt, el("dd", {}, el("bdi", {}, value))];
		}))];
}

const causeRow = (c, ns, whole) => [causeName(c), `${fmtNs(ns)}, ${fmtPercent(ns, whole)}`, causeColor(c)];

function describeStall(i) {
	const s = data.slices, ns = s.ns[i], shrinker = s.things[s.shrinker[i]];
	const target = data.cgroup_names[s.target[i]], limit = s.things[s.limit[i]];
	const stack = s.things[s.stack[i]], throttle = data.throttle_words[s.throttle[i]];
	const comm = data.comms[s.comm[i]], who = data.who[s.who[i]];

	return {
		title: `${taskName(comm, s.tid[i])} waited ${fmtNs(ns)}`,
		rows: [
			["when", `${fmtTime(stalls.begin[i], 1e-4)} to ${fmtTime(stalls.end[i], 1e-4)}`],
			["process", whoName(s.who[i])],
			s.tid[i] !== who.pid && ["thread", String(s.tid[i])],
			["kind", data.kinds[s.kind[i]]],
			target && ["at the limit of", target + (limit ? ` (${fmtBytes(limit)})` : "")],
			data.cgroup_names[s.cgroup[i]] && ["its cgroup", data.cgroup_names[s.cgroup[i]]],
			["order", `${s.order[i]} (${fmtBytes(data.page_size * 2 ** s.order[i])})`],
			["allocation", s.things[s.gfp[i]]],
			["reclaimed", plural(s.pages[i], "page")],
			...stallCauses(i).map(([c, share]) => causeRow(c, share * ns, ns)),
			throttle && ["throttled for", throttle],
			shrinker && ["shrinker", shrinker],
			["kswapd was", data.kswapd_at[s.kswapd[i]]],
			stack && ["slept in", stack.split(";").join(" < ")],
		],
	};
}

function describeFault(i) {
	const f = data.fault_slices, file = f.things[f.file[i]];

	return {
		title: `major fault of ${taskName(data.comms[f.comm[i]], f.tid[i])}: ${fmtNs(f.ns[i])}`,
		rows: [
			["when", `${fmtTime(faults.begin[i], 1e-4)} to ${fmtTime(faults.end[i], 1e-4)}`],
			["process", whoName(f.who[i])],
			["page from", data.classes[f.class[i]]],
			file && ["file", file],
			data.cgroup_names[f.cgroup[i]] && ["its cgroup", data.cgroup_names[f.cgroup[i]]],
			f.away_ms[i] && ["taken away", `${fmtNs(f.away_ms[i] * 1e6)} before`],
		],
	};
}

function describeOom(o) {
	return {
		title: `${taskName(o.comm, o.pid)} was killed`,
		rows: [
			["when", fmtTime(data.begin + o.us / 1e6, 1e-3)],
			["short", o.short ?? "not known"],
			o.memcg && ["limit of", o.memcg + (o.limit_bytes ? ` (${fmtBytes(o.limit_bytes)})` : "")],
			o.anon_bytes !== undefined && ["it had", `${fmtBytes(o.anon_bytes)} anonymous`],
			o.trigger && ["killer ran in", taskName(o.trigger, o.trigger_pid ?? "?")],
			o.cmdline && ["command", o.cmdline],
		],
	};
}

/* The column of buckets at a time: [from, to). */
function columnAt(u, t) {
	let found = null;

	eachColumn(u, (x, width, from, to) => {
		const begin = data.begin + from * bucketSeconds, end = data.begin + to * bucketSeconds;

		if (t >= begin && t < end)
			found = [from, to];
	});
	return found;
}

function describeColumn(title, lane, from, to) {
	const causes = columnCauses(lane, from, to), total = sum(causes);
	const majors = sum(lane.faults.map((f) => part(f, from, to)));
	const length = (to - from) * data.timeline.width_ns;

	return {
		title,
		rows: [
			["when", `${fmtTime(data.begin + from * bucketSeconds, to - from > 100 ? 1 : 0.001)}, ` +
				`${fmtNs(length)}`],
			["waited", total ? `${fmtNs(total)}, ${fmtPercent(total, length)} of the time` : "nothing"],
			...causes.map((ns, c) => [c, ns]).filter((x) => x[1]).sort((a, b) => b[1] - a[1])
				.map(([c, ns]) => causeRow(c, ns, total)),
			majors && ["major faults", `${fmtCount(majors)}, ${fmtNs(part(lane.faultNs, from, to))}`,
				"--fault"],
		],
	};
}

function nearest(times, t, slack) {
	let best = -1;

	times.forEach((x, i) => {
		if (Math.abs(x - t) <= slack && (best < 0 || Math.abs(x - t) < Math.abs(times[best] - t)))
			best = i;
	});
	return best;
}

/* What is at a place of the lanes: { lane, stall, fault, oom }. */
function laneHit(x, y) {
	const u = lanes.plot.u, index = laneAt(y), lane = lanes.list[index];
	const t = u.posToVal(x, "x"), slack = 6 * (view.max - view.min) / u.over.clientWidth;

	if (!lane)
		return null;
	if (lane.kind === "oom")
		return { lane, t, oom: nearest(oomTimes, t, slack) };
	if (lane.kind === "fault") {
		const list = waitsIn(faults, allFaults, longestFault, t - slack / 2, t + slack / 2);

		return { lane, t, fault: list.length === 1 ? list[0] : -1 };
	}
	return { lane, t, stall: lane.slices ? sliceAt(u, lane, index, x, y) : -1 };
}

function describeHit(hit) {
	const u = lanes.plot.u, column = columnAt(u, hit.t);

	if (hit.stall >= 0)
		return describeStall(hit.stall);
	if (hit.fault >= 0)
		return describeFault(hit.fault);
	if (hit.oom >= 0)
		return describeOom(data.ooms[hit.oom]);
	if (!column || hit.lane.kind === "oom")
		return null;
	if (hit.lane.kind === "kswapd")
		return { title: "kswapd", rows: [["at work", fmtPercent(part(kswapdNs, ...column),
			(column[1] - column[0]) * data.timeline.width_ns)]] };
	if (hit.lane.kind === "fault")
		return { title: "major faults", rows: data.classes.map((name, c) =>
			[name, fmtCount(part(all.faults[c], ...column))]) };
	return describeColumn(hit.lane.label, hit.lane, ...column);
}

function describeLane(x, y) {
	const hit = laneHit(x, y);

	return hit && describeHit(hit);
}

function pickLane(x, y) {
	const hit = laneHit(x, y);

	details.selected = hit?.stall ?? -1;
	return hit && describeHit(hit);
}

function describeRate(x) {
	const u = stage.hovered.u, span = view.max - view.min;
	const step = Math.max(1, Math.ceil(span / bucketSeconds / BARS));
	const b = Math.floor((u.posToVal(x, "x") - data.begin) / bucketSeconds / step) * step;

	return b >= 0 && b < bucketCount
		? describeColumn("all threads", all, b, Math.min(b + step, bucketCount)) : null;
}

function describeLines(plot, lines, format, x) {
	const i = plot.u.posToIdx(x);

	return {
		title: fmtTime(points.x[i], 0.1),
		rows: lines.filter((l) => l.values[i] !== null).map((l) => [l.name, format(l.values[i]), l.stroke]),
	};
}

function showTooltip(plot, x, y) {
	const tip = byId("tooltip"), d = x >= 0 && plot.describe(x, y);
	const over = plot.u.over.getBoundingClientRect();

	if (!d) {
		tip.hidden = true;
		return;
	}
	tip.replaceChildren(...descriptionNodes(d));
	tip.hidden = false;
	const left = over.left + x + 16, box = tip.getBoundingClientRect();

	tip.style.left = `${Math.max(4, left + box.width > innerWidth - 8 ? over.left + x - box.width - 16 : left)}px`;
	tip.style.top = `${clamp(over.top + y + 12, 8, Math.max(8, innerHeight - box.height - 8))}px`;
}

function hideTooltip() {
	byId("tooltip").hidden = true;
}

function showDetails(d) {
	const panel = byId("details"), close = el("button", { type: "button", className: "small" }, "Close");

	panel.hidden = !d;
	if (!d)
		return;
	close.addEventListener("click", () => {
		panel.hidden = true;
		details.selected = -1;
		repaint();
		byId("timeline").focus();
	});
	panel.replaceChildren(...descriptionNodes(d), close);
}

function pin(plot, x, y) {
	showDetails(plot.pick(x, y));
	repaint();
}

/* Shows a stall in the timeline, with its details. */
function gotoStall(i) {
	details.selected = i;
	view.around(stalls.begin[i], stalls.end[i], 2);
	showDetails(describeStall(i));
	repaint();
}

function gotoFault(i) {
	view.around(faults.begin[i], faults.end[i], 2);
	showDetails(describeFault(i));
}

/* n and p walk the longest stalls in view; Enter tells of the one that is selected. */
function setupSelection() {
	const order = longestFirst(stalls);
	const step = (by) => {
		const seen = order.filter((i) => stalls.end[i] >= view.min && stalls.begin[i] <= view.max);
		const at = seen.indexOf(details.selected);

		if (!seen.length)
			return;
		details.selected = seen[at < 0 ? (by > 0 ? 0 : seen.length - 1)
			: (at + by + seen.length) % seen.length];
		showDetails(describeStall(details.selected));
		repaint();
	};

	byId("timeline").addEventListener("keydown", (e) => {
		if (e.target !== e.currentTarget || e.ctrlKey || e.metaKey || e.altKey)
			return;
		if (e.key === "n")
			step(1);
		else if (e.key === "p")
			step(-1);
		else if (e.key === "Enter" && details.selected >= 0)
			gotoStall(details.selected);
	});
}
