/* Puts the page together; theme and printing. */

const dark = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";

function showTheme() {
	const b = byId("theme");

	b.setAttribute("aria-pressed", String(isDark()));
	b.textContent = isDark() ? "Light" : "Dark";
	b.setAttribute("aria-label", isDark() ? "Light theme" : "Dark theme");
	repaint();
}

function setupTheme() {
	byId("theme").addEventListener("click", () => {
		document.documentElement.dataset.theme = isDark() ? "light" : "dark";
		showTheme();
	});
	dark.addEventListener("change", showTheme);
}

/* On paper: light, tables whole, curves as wide as the sheet. */
function setupPrint() {
	const root = document.documentElement;
	let theme, wholes;

	byId("print").addEventListener("click", () => print());
	addEventListener("beforeprint", () => {
		theme = root.dataset.theme;
		wholes = tablesShown.map((t) => t.whole);
		root.dataset.theme = "light";
		for (const t of tablesShown) {
			t.whole = true;
			fillTable(t);
		}
		hideTooltip();
		repaint();
		resizePlots(680);
	});
	addEventListener("afterprint", () => {
		if (theme)
			root.dataset.theme = theme;
		else
			delete root.dataset.theme;
		tablesShown.forEach((t, i) => {
			t.whole = wholes[i];
			fillTable(t);
		});
		showTheme();
		resizePlots(stage.width());
	});
}

setupFrame();
setupSummary();
setupView();
setupStage();
setupLegend();
if (data.stalls.count)
	setupRate();
setupLanes();
setupCurves();
setupCut();
setupSelection();
setupHistograms();
setupTables();
setupTheme();
setupPrint();
showTheme();
view.changed();
document.documentElement.dataset.ready = "true";
