/* Small things that all modules use: elements, numbers in words, names made visible. */

/* What would hide, or turn what is around it, is shown as its code, as on the text page. */
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const safe = (s) => String(s ?? "").replace(HIDDEN,
	(c) => `\\u{${c.codePointAt(0).toString(16)}}`);

/* An element; props are set as properties, "data-" and "aria-" ones as attributes. */
function el(tag, props = {}, ...children) {
	const e = document.createElement(tag);

	for (const [key, value] of Object.entries(props)) {
		if (value === undefined || value === null)
			continue;
		if (key.includes("-") || key === "role" || key === "for")
			e.setAttribute(key, value);
		else
			e[key] = value;
	}
	for (const c of children.flat(Infinity)) {
		if (c !== null && c !== undefined && c !== "")
			e.append(c instanceof Node ? c : safe(c));
	}
	return e;
}

const two = (n) => String(n).padStart(2, "0");
const byId = (id) => document.getElementById(id);
const sum = (list) => list.reduce((a, b) => a + b, 0);
const clamp = (x, lo, hi) => Math.min(Math.max(x, lo), hi);
const plural = (n, word) => `${fmtCount(n)} ${word}${n === 1 ? "" : word.endsWith("s") ? "es" : "s"}`;

/* Three digits, as the text page has them. */
const digits = (x) => (x >= 99.95 ? x.toFixed(0) : x >= 9.995 ? x.toFixed(1) : x.toFixed(2));

function fmtLong(sec) {
	const min = Math.floor(sec / 60), hours = Math.floor(min / 60);

	if (!hours)
		return `${min}m${two(Math.round(sec) % 60)}s`;
	return hours < 48 ? `${hours}h${two(min % 60)}m` : `${Math.floor(hours / 24)}d${two(hours % 24)}h`;
}

function fmtNs(ns) {
	const units = [[1e6, 1e3, "µs"], [1e9, 1e6, "ms"], [100.45e9, 1e9, "s"]];

	if (ns === null || ns === undefined)
		return "–";
	if (Math.round(ns) < 1000)
		return ns ? `${Math.round(ns)} ns` : "0";
	const unit = units.find(([below, scale]) => ns < below - scale / 2);

	return unit ? `${digits(ns / unit[1])} ${unit[2]}` : fmtLong(Math.round(ns / 1e9));
}

function fmtBytes(n) {
	const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
	let i = 0, x = Math.abs(n);

	if (n === null || n === undefined)
		return "–";
	if (!n)
		return "0";
	for (; x >= (i < 2 ? 1023.5 : 1023.95) && i < units.length - 1; i++)
		x /= 1024;
	return `${n < 0 ? "−" : ""}${x.toFixed(i < 2 ? 0 : 1)} ${units[i]}`;
}

/* With its sign. */
const fmtGrowth = (n) => (n > 0 ? "+" : "") + fmtBytes(n);

/* Thousands apart, by thin blanks. */
const fmtCount = (n) => (n === null || n === undefined ? "–"
	: String(n).replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f"));

const fmtPercent = (part, whole) => (whole ? `${digits(100 * part / whole)} %` : "–");

function fmtRate(x) {
	if (x >= 1e6)
		return `${digits(x / 1e6)} M/s`;
	return x >= 1e4 ? `${digits(x / 1e3)} k/s` : `${x >= 10 || x === 0 ? x.toFixed(0) : digits(x)} /s`;
}

/* Wall time of the browser's own zone; step: seconds between what is to be told apart. */
function fmtTime(sec, step) {
	const d = new Date(sec * 1000);
	const hms = `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;

	if (step >= 1)
		return hms;
	const places = step >= 0.1 ? 1 : step >= 0.01 ? 2 : step >= 0.001 ? 3 : 6;
	const fraction = (sec - Math.floor(sec)).toFixed(places);

	return hms + (fraction.startsWith("1") ? fmtTime(Math.floor(sec) + 1, 1).slice(8)
		: fraction.slice(1));
}

function fmtDate(sec) {
	const d = new Date(sec * 1000);

	return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
}

const taskName = (comm, pid) => `${comm || "?"}[${pid}]`;

/* The end of a path says more than its begin: "…/pod7/service". The full one is in a title. */
function shortPath(path, most) {
	if (path.length <= most || !path.startsWith("/"))
		return path;
	const parts = path.split("/");
	let tail = parts.pop();

	while (parts.length > 1 && tail.length + parts[parts.length - 1].length + 3 <= most)
		tail = `${parts.pop()}/${tail}`;
	return `…/${tail}`;
}
