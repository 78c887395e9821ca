/* The tables of the page. */

const text = (name, get, more = {}) => ({ name, get, ...more });
const number = (name, get, show) => ({ name, get, show: show && ((v, r) => (v === null || v === undefined ? "–" : show(v, r))), num: true });
const ns = (name, get) => number(name, get, fmtNs);
const bytes = (name, get) => number(name, get, fmtBytes);
const growth = (name, get) => number(name, get, fmtGrowth);
const name = (label = "process") => text(label, (r) => taskName(r.comm, r.pid));
const more = (n, what) => (n ? `${plural(n, `more ${what}`)} had less to do with it.` : "");

/* "io 62 %, slab 20 %". */
function topCauses(s) {
	const whole = sum(Object.values(s.causes));

	return data.causes.map((c) => [c, s.causes[`${c}_ns`]]).filter((x) => x[1] > whole / 100)
		.sort((a, b) => b[1] - a[1]).slice(0, 2)
		.map(([c, v]) => `${c} ${Math.round(100 * v / whole)} %`).join(", ");
}

function processesTable() {
	const notable = data.processes.filter((p) => p.stalls || p.faults || p.major || p.in_pages || p.out_pages ||
		Math.abs(p.growth_bytes ?? 0) >= 1 << 20);

	if (!notable.length)
		return;
	addTable("t-processes", "Processes", [
		name(),
		ns("waited", (p) => p.stalls?.total_ns ?? 0),
		number("stalls", (p) => p.stalls?.count ?? 0),
		ns("p99", (p) => p.stalls?.p99_ns),
		ns("longest", (p) => p.stalls?.max_ns),
		text("mostly", (p) => (p.stalls ? topCauses(p.stalls) : null)),
		number("major faults", (p) => p.faults?.major ?? p.major),
		ns("in them", (p) => p.faults?.total_ns ?? 0),
		number("from swap", (p) => p.in_pages),
		number("to swap", (p) => p.out_pages),
		bytes("resident", (p) => p.rss_bytes),
		growth("grew", (p) => p.growth_bytes),
		text("cgroup", (p) => p.cgroup, { wide: true }),
		text("command", (p) => p.cmdline, { wide: true }),
	], notable, { note: more(data.more_processes + data.processes.length - notable.length, "process") });
}

function cgroupsTable() {
	if (!data.cgroups.length)
		return;
	addTable("t-cgroups", "Cgroups", [
		text("cgroup", (c) => c.path, { wide: true }),
		ns("its tasks waited", (c) => c.stall_ns),
		number("stalls", (c) => c.stalls),
		ns("its limit made wait", (c) => c.forced_ns),
		number("stalls", (c) => c.forced_stalls),
		bytes("limit", (c) => c.limit_bytes),
		bytes("usage then", (c) => c.usage_bytes),
		number("major faults", (c) => c.majfaults),
		number("OOM kills", (c) => c.oom_kills),
		text("container", (c) => c.container || null, { wide: true }),
	], data.cgroups, { note: more(data.more_cgroups, "cgroup") });
}

function culpritsTable() {
	if (!data.culprits.length)
		return;
	addTable("t-culprits", "Who grew while others waited", [
		name(),
		text("where memory was short", (c) => c.scope ?? "the machine", { wide: true }),
		bytes("took", (c) => c.total_bytes),
		growth("anonymous", (c) => c.anon_bytes),
		growth("shared", (c) => c.shmem_bytes),
		bytes("read", (c) => c.read_bytes),
		bytes("written", (c) => c.written_bytes),
		text("its cgroup", (c) => c.cgroup, { wide: true }),
	], data.culprits, { note: data.culprits_known ? "" : "Not known: only the named threads are watched." });
}

function longestTables() {
	const s = data.slices, f = data.fault_slices;

	if (stalls.n)
		addTable("t-longest", "Longest stalls", [
			text("thread", (i) => taskName(data.comms[s.comm[i]], s.tid[i])),
			ns("waited", (i) => s.ns[i]),
			number("ended", (i) => stalls.end[i], (v) => fmtTime(v, 0.001)),
			text("kind", (i) => data.kinds[s.kind[i]]),
			text("mostly", (i) => stallCauses(i).slice(0, 2)
				.map(([c, share]) => `${causeName(c)} ${Math.round(100 * share)} %`).join(", ")),
			text("at the limit of", (i) => data.cgroup_names[s.target[i]], { wide: true }),
			number("order", (i) => s.order[i]),
			number("pages", (i) => s.pages[i]),
			text("process", (i) => whoName(s.who[i])),
		], longestFirst(stalls).slice(0, 200), { go: gotoStall });
	if (faults.n)
		addTable("t-faults", "Longest major faults", [
			text("thread", (i) => taskName(data.comms[f.comm[i]], f.tid[i])),
			ns("took", (i) => f.ns[i]),
			number("ended", (i) => faults.end[i], (v) => fmtTime(v, 0.001)),
			text("page from", (i) => data.classes[f.class[i]]),
			text("file", (i) => f.things[f.file[i]], { wide: true }),
		], longestFirst(faults).slice(0, 200), { go: gotoFault });
}

function filesTable() {
	if (!data.files.length)
		return;
	addTable("t-files", "Files behind major faults", [
		text("file", (x) => x.path ?? `inode ${x.ino}`, { wide: true }),
		number("faults", (x) => x.faults),
		number("refaults", (x) => x.refaults),
		ns("waited", (x) => x.total_ns),
		ns("longest", (x) => x.max_ns),
	], data.files, { note: more(data.more_files, "file") });
}

function oomsTable() {
	if (!data.ooms.length)
		return;
	addTable("t-ooms", "OOM kills", [
		name("killed"),
		number("when", (o) => o.us, (us) => fmtTime(data.begin + us / 1e6, 0.001)),
		text("short was", (o) => o.short),
		text("cgroup at its limit", (o) => o.memcg, { wide: true }),
		bytes("limit", (o) => o.limit_bytes),
		bytes("anonymous", (o) => o.anon_bytes),
		bytes("files", (o) => o.file_bytes),
		bytes("swap", (o) => o.swap_bytes),
		number("adj", (o) => o.adj, String),
		ns("gone after", (o) => o.gone_ns),
		text("killer ran in", (o) => o.trigger && taskName(o.trigger, o.trigger_pid ?? "?")),
		text("command", (o) => o.cmdline, { wide: true }),
	], data.ooms, {
		note: more(data.more_ooms, "kill"),
		go: (o) => {
			view.around(data.begin + o.us / 1e6 - 1, data.begin + o.us / 1e6 + 1);
			showDetails(describeOom(o));
		},
	});
}

function trustTables() {
	const rows = data.reconcile.filter((r) => r.kernel !== null);

	if (rows.length)
		addTable("t-reconcile", "Held against the kernel's own counts", [
			text("what", (r) => r.name),
			number("kernel", (r) => r.kernel),
			number("memtrace", (r) => r.memtrace),
			number("share", (r) => (r.kernel ? r.memtrace / r.kernel : null), (v) => fmtPercent(v, 1)),
			text("the kernel's source", (r) => r.source),
			text("why they may differ", (r) => r.note, { wide: true }),
		], rows);
	if (data.losses.length)
		addTable("t-lost", "Lost, or only summed up", [
			number("how many", (l) => l.n),
			text("what", (l) => l.what, { wide: true }),
			text("what helps", (l) => l.remedy, { wide: true }),
		], data.losses);
	if (data.probes.length)
		addTable("t-signals", "Signals and their sources", [
			text("signal", (p) => p.signal),
			text("state", (p) => p.status),
			text("source", (p) => p.source || "–"),
			text("why no better", (p) => p.reason || "–", { wide: true }),
		], data.probes);
}

function setupTables() {
	culpritsTable();
	oomsTable();
	processesTable();
	cgroupsTable();
	longestTables();
	filesTable();
	trustTables();
}
