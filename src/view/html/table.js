/* A table that sorts by its headings and filters by a text. */

const FEW_ROWS = 12;
const tablesShown = []; /* for printing: all of them whole */

/*
 * columns: { name, get(row), show?(value, row), num?: it is a number, most first }.
 * opts: { note, go(row): shows it in the timeline }.
 */
function addTable(id, title, columns, rows, opts = {}) {
	const t = { columns, rows, order: -1, down: true, filter: "", whole: false, opts };

	t.body = el("tbody", {});
	t.more = el("button", { type: "button", className: "small" });
	t.count = el("span", { className: "hint", role: "status" });
	t.heads = columns.map((c, i) => tableHead(t, c, i));
	t.more.addEventListener("click", () => {
		t.whole = !t.whole;
		fillTable(t);
	});
	byId("tables").append(el("section", { id, "aria-labelledby": `${id}-title`, className: "table" },
		el("div", { className: "bar" }, el("h2", { id: `${id}-title` }, title),
			rows.length > 3 ? tableFilter(t, title) : null),
		opts.note ? el("p", { className: "hint" }, opts.note) : null,
		el("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": title },
			el("table", { "aria-labelledby": `${id}-title` },
				el("thead", {}, el("tr", {}, t.heads,
					opts.go ? el("th", { scope: "col" }, el("span", { className: "visually-hidden" }, "Timeline")) : null)),
				t.body)),
		el("div", { className: "table-foot" }, t.count, t.more)));
	tablesShown.push(t);
	fillTable(t);
	return t;
}

function tableHead(t, column, i) {
	const b = el("button", { type: "button" }, column.name);
	const th = el("th", { scope: "col", className: column.num ? "num" : "" }, b);

	b.addEventListener("click", () => {
		t.down = t.order === i ? !t.down : Boolean(column.num);
		t.order = i;
		t.heads.forEach((h) => h.removeAttribute("aria-sort"));
		th.setAttribute("aria-sort", t.down ? "descending" : "ascending");
		fillTable(t);
	});
	return th;
}

function tableFilter(t, title) {
	const input = el("input", { type: "search", placeholder: "filter", "aria-label": `Filter: ${title}`,
		spellcheck: false, autocomplete: "off" });

	input.addEventListener("input", () => {
		t.filter = input.value.trim().toLowerCase();
		fillTable(t);
	});
	return input;
}

function shown(column, row) {
	const value = column.get(row);

	if (column.show)
		return column.show(value, row);
	return value === null || value === undefined ? "–" : typeof value === "number" ? fmtCount(value) : value;
}

function compareRows(t) {
	const { get, num } = t.columns[t.order], sign = t.down ? -1 : 1;

	return (a, b) => {
		const x = get(a), y = get(b);

		if (x === y)
			return 0;
		if (x === null || x === undefined)
			return 1; /* what is not known comes last either way */
		if (y === null || y === undefined)
			return -1;
		return sign * (num ? x - y : String(x).localeCompare(String(y), undefined, { numeric: true }));
	};
}

function matches(t, row) {
	return !t.filter || t.columns.some((c) => String(shown(c, row)).toLowerCase().includes(t.filter));
}

function tableRow(t, row) {
	const cells = t.columns.map((c, i) => el(i === 0 ? "th" : "td",
		{ className: `${c.num ? "num" : ""}${c.wide ? " wide" : ""}`, scope: i === 0 ? "row" : null,
			title: c.wide ? safe(shown(c, row)) : null },
		el("bdi", {}, shown(c, row))));

	if (t.opts.go) {
		const b = el("button", { type: "button", className: "small" }, "show");

		b.addEventListener("click", () => {
			t.opts.go(row);
			byId("timeline").focus({ preventScroll: true });
			byId("time-title").scrollIntoView();
		});
		cells.push(el("td", {}, b));
	}
	return el("tr", {}, cells);
}

function fillTable(t) {
	const rows = t.rows.filter((r) => matches(t, r));

	if (t.order >= 0)
		rows.sort(compareRows(t));
	const some = t.whole || rows.length <= FEW_ROWS + 3 ? rows : rows.slice(0, FEW_ROWS);

	t.body.replaceChildren(...some.map((r) => tableRow(t, r)));
	t.count.textContent = t.filter ? `${fmtCount(rows.length)} of ${plural(t.rows.length, "row")}` : "";
	t.more.hidden = rows.length <= FEW_ROWS + 3;
	t.more.textContent = t.whole ? "Fewer rows" : `All ${fmtCount(rows.length)} rows`;
}
