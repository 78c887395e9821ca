/* The recording: parsed, and its lists of short numbers made into what is drawn. */

const data = JSON.parse(byId("data").textContent);
data.begin = data.begin_wall_us / 1e6; /* seconds since 1970, as all times here */
data.seconds = Math.max(data.duration_ns / 1e9, 0.01);

const UNKNOWN = data.causes.length; /* after the causes: what has none that is known */
const CAUSES = UNKNOWN + 1;
const causeName = (c) => (c === UNKNOWN ? "unknown" : data.causes[c]);
const causeWords = (c) => (c === UNKNOWN ? "not known" : data.cause_words[c]);
const causeColor = (c) => `--cause-${causeName(c)}`;

const bucketSeconds = data.timeline.width_ns / 1e9;
const bucketCount = data.timeline.n;

/* Sparse cells to an array per series, in ns; faults stay numbers. */
function expand(cells) {
	const unit = data.timeline.unit_ns;
	const spread = (values, factor) => {
		const out = new Float64Array(bucketCount);
		let at = 0;

		if (values.length)
			cells.at.forEach((d, i) => {
				at += d;
				out[at] = values[i] * factor;
			});
		return out;
	};

	return {
		ns: cells.ns.map((v) => spread(v, unit)),
		faultNs: spread(cells.fault_ns, unit),
		faults: cells.faults.map((v) => spread(v, 1)),
	};
}

const whoName = (i) => taskName(data.who[i].comm, data.who[i].pid);

function makeLane(kind, raw) {
	const isWho = kind === "process";

	return Object.assign(expand(raw), {
		kind,
		key: isWho ? raw.who : raw.cgroup,
		label: isWho ? taskName(data.who[raw.who].comm || raw.comm, data.who[raw.who].pid)
			: data.cgroup_names[raw.cgroup],
		stalls: raw.stalls, stallNs: raw.stall_ns,
		majfaults: raw.majfaults, waitNs: raw.wait_ns,
		since: raw.since_ns,
	});
}

const all = expand(data.timeline.all);
const kswapdNs = data.timeline.kswapd.map((v) => v * data.timeline.unit_ns);
const processLanes = data.timeline.processes.map((l) => makeLane("process", l));
const cgroupLanes = data.timeline.cgroups.map((l) => makeLane("cgroup", l));

/* Single waits: arrays with an entry each, by the time they ended; begin and end in seconds. */
function makeWaits(raw) {
	const n = raw.us?.length ?? 0;
	const waits = { raw, n, begin: new Float64Array(n), end: new Float64Array(n) };
	let us = 0;

	for (let i = 0; i < n; i++) {
		us += raw.us[i];
		waits.end[i] = data.begin + us / 1e6;
		waits.begin[i] = waits.end[i] - raw.ns[i] / 1e9;
	}
	return waits;
}

const stalls = makeWaits(data.slices);
const faults = makeWaits(data.fault_slices);
const longestFirst = (w) => Array.from({ length: w.n }, (_, i) => i)
	.sort((a, b) => w.raw.ns[b] - w.raw.ns[a]);

/* The causes of a stall by their share, largest first: [cause, share of 1]. */
function stallCauses(i) {
	const list = data.slices.causes.map((v, c) => [c, v[i] / 1000]).filter((x) => x[1] > 0);

	return list.length ? list.sort((a, b) => b[1] - a[1]) : [[UNKNOWN, 1]];
}

/* Curves: time in seconds, sizes in bytes (null = not known), flows per second. */
function makePoints(raw) {
	const bytes = (list) => list.map((v) => (v === null ? null : v * 1024));
	const rate = (list, factor) => list.map((v, i) =>
		(raw.length_ns[i] ? v * factor / (raw.length_ns[i] / 1e9) : null));

	return {
		x: raw.us.map((us) => data.begin + us / 1e6),
		free: bytes(raw.free), available: bytes(raw.available), swap: bytes(raw.swap),
		psiSome: rate(raw.psi_some_us, 1e-4), psiFull: rate(raw.psi_full_us, 1e-4),
		swapins: rate(raw.swapins, 1), swapouts: rate(raw.swapouts, 1),
		growers: raw.growers.map((g) => Object.assign(g, { rss: bytes(g.rss) })),
	};
}

const points = makePoints(data.points);
const oomTimes = data.ooms.map((o) => data.begin + o.us / 1e6);

/* Stall time of all causes in each bucket. */
const stallTotals = Float64Array.from({ length: bucketCount },
	(_, b) => sum(all.ns.map((series) => series[b])));

/* Buckets [from, to] with half of all stall time, as few as will do; null without stalls. */
function densestHalf() {
	const total = sum(Array.from(stallTotals));
	let best = null, from = 0, inside = 0;

	for (let to = 0; to < bucketCount && total > 0; to++) {
		inside += stallTotals[to];
		while (inside - stallTotals[from] >= total / 2)
			inside -= stallTotals[from++];
		if (inside >= total / 2 && (!best || to - from < best[1] - best[0]))
			best = [from, to];
	}
	return best;
}

/* The densest stretch, as far on both sides as it is a quarter as dense: [begin, end], seconds. */
function worstStretch() {
	const half = densestHalf();

	if (!half)
		return null;
	let [from, to] = half;
	const length = to - from + 1, step = Math.max(1, Math.ceil(length / 20));
	const enough = sum(Array.from(stallTotals.subarray(from, to + 1))) / length / 4 * step;
	const dense = (a) => sum(Array.from(stallTotals.subarray(Math.max(a, 0), a + step))) >= enough;

	while (from > 0 && dense(from - step))
		from = Math.max(0, from - step);
	while (to < bucketCount - 1 && dense(to + 1))
		to = Math.min(bucketCount - 1, to + step);
	return [data.begin + from * bucketSeconds, data.begin + (to + 1) * bucketSeconds];
}
