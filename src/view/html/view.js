/* What part of the run is looked at: one range that all plots share. */

const view = {
	full: [data.begin, data.begin + data.seconds],
	min: data.begin,
	max: data.begin + data.seconds,
	listeners: [],
	hidden: new Set(), /* causes that are not drawn */

	/* No further than to 5 ms, and never beyond the run. */
	set(min, max) {
		const [lo, hi] = this.full, least = Math.min(0.005, hi - lo);
		let span = clamp(max - min, least, hi - lo);

		min = clamp((min + max - span) / 2, lo, hi - span);
		this.min = min;
		this.max = min + span;
		this.changed();
	},

	changed() {
		const timeline = byId("timeline");

		timeline.dataset.min = this.min;
		timeline.dataset.max = this.max;
		byId("range").textContent = rangeWords();
		for (const fn of this.listeners)
			fn();
	},

	/* factor < 1: closer; at: what stays in its place, seconds. */
	zoom(factor, at = (this.min + this.max) / 2) {
		this.set(at - (at - this.min) * factor, at + (this.max - at) * factor);
	},

	pan(share) {
		const d = (this.max - this.min) * share;

		this.set(this.min + d, this.max + d);
	},

	all() {
		this.set(...this.full);
	},

	worst() {
		const stretch = worstStretch();

		if (stretch)
			this.around(...stretch, 0.2);
	},

	/* Shows a stretch with something on both sides of it. */
	around(min, max, margin = 0.5) {
		const d = Math.max((max - min) * margin, 0.002);

		this.set(min - d, max + d);
	},
};

function rangeWords() {
	const span = view.max - view.min, step = span / 100;
	const whole = span >= (view.full[1] - view.full[0]) * 0.9999;

	return `${fmtDate(view.min)} ${fmtTime(view.min, step)} to ${fmtTime(view.max, step)}: ` +
		`${fmtNs(span * 1e9)}${whole ? ", the whole run" : ""}`;
}

const actions = {
	in: () => view.zoom(0.5),
	out: () => view.zoom(2),
	left: () => view.pan(-0.25),
	right: () => view.pan(0.25),
	all: () => view.all(),
	worst: () => view.worst(),
};

const viewKeys = {
	"+": "in", "=": "in", "-": "out", "_": "out", "ArrowLeft": "left", "ArrowRight": "right",
	"0": "all", "Escape": "all", "Home": "all", "w": "worst",
};

function setupView() {
	const timeline = byId("timeline");

	for (const b of document.querySelectorAll("[data-do]"))
		b.addEventListener("click", () => actions[b.dataset.do]());
	timeline.addEventListener("keydown", (e) => {
		const action = viewKeys[e.key];

		if (!action || e.ctrlKey || e.metaKey || e.altKey)
			return;
		e.preventDefault();
		actions[action]();
	});
	document.querySelector("[data-do=worst]").hidden = !worstStretch();
}
