/* Single stalls in lanes: which belong where, rows so that they do not overlap, finding them. */

const ROWS = 4; /* of slices that wait at the same time; what does not fit is on the last */

/*
 * For each of the stalls in list (in order of their ends) its row, and of how many: those that
 * overlap, one the next, share the height.
 */
function packRows(list) {
	const order = [...list].sort((a, b) => stalls.begin[a] - stalls.begin[b]);
	const rows = new Map();
	let busy = [], cluster = { of: 1 };

	for (const i of order) {
		if (busy.every((end) => end <= stalls.begin[i])) {
			busy = [];
			cluster = { of: 1 };
		}
		let row = busy.findIndex((end) => end <= stalls.begin[i]);

		if (row < 0)
			row = Math.min(busy.length, ROWS - 1);
		busy[row] = Math.max(busy[row] ?? 0, stalls.end[i]);
		cluster.of = busy.length;
		rows.set(i, { row, cluster });
	}
	for (const r of rows.values())
		r.of = r.cluster.of;
	return rows;
}

function attachSlices() {
	const lists = new Map();
	const put = (kind, key, i) => {
		const name = `${kind} ${key}`;

		if (!lists.has(name))
			lists.set(name, []);
		lists.get(name).push(i);
	};

	for (let i = 0; i < stalls.n; i++) {
		put("process", data.slices.who[i], i);
		put("cgroup", data.slices.cgroup[i], i);
	}
	for (const lane of [...processLanes, ...cgroupLanes]) {
		lane.slices = lists.get(`${lane.kind} ${lane.key}`) ?? [];
		lane.rows = packRows(lane.slices);
		lane.longest = Math.max(0, ...lane.slices.map((i) => data.slices.ns[i] / 1e9));
	}
}

/* First of an ascending list whose end is not before t. */
function firstEnd(waits, list, t) {
	let lo = 0, hi = list.length;

	while (lo < hi) {
		const mid = (lo + hi) >> 1;

		if (waits.end[list[mid]] < t)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Those that overlap a stretch; longest: no wait of the list is longer, seconds. */
function waitsIn(waits, list, longest, min, max) {
	const out = [];

	for (let k = firstEnd(waits, list, min); k < list.length; k++) {
		const i = list[k];

		if (waits.begin[i] <= max)
			out.push(i);
		else if (waits.end[i] - longest > max)
			break;
	}
	return out;
}

const allFaults = Array.from({ length: faults.n }, (_, i) => i);
const longestFault = Math.max(0, ...data.fault_slices.ns ?? []) / 1e9;
