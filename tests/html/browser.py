#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Looks at pages of `memtrace report --html` in a real Chromium, as a person would: mouse, keyboard,
paper. Prints TAP. Layer: tests; called by tests/check-html.sh.

usage: browser.py DIR     DIR holds jitter.html hostile.html nothing.html hour.html; screenshots go there
"""
import base64
import json
import os
import sys
import time

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

SLACK = float(os.environ.get("MEMTRACE_TEST_SLACK", "1"))
WATCH = """
window.wrong = [];
addEventListener("error", (e) => wrong.push("error: " + e.message));
addEventListener("unhandledrejection", (e) => wrong.push("rejection: " + e.reason));
addEventListener("securitypolicyviolation", (e) => wrong.push("policy: " + e.violatedDirective + " " + e.blockedURI));
window.alert = () => wrong.push("alert");
"""


class Browser:
    """Chromium with one page at a time."""

    def __init__(self, directory):
        self.directory = directory
        options = webdriver.ChromeOptions()
        for name in ("chromium", "chromium-browser", "google-chrome"):
            path = f"/usr/bin/{name}"
            if os.path.exists(path):
                options.binary_location = path
                break
        for arg in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                    "--disable-dev-shm-usage", "--window-size=1360,1000"):
            options.add_argument(arg)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        service = webdriver.chrome.service.Service("/usr/bin/chromedriver")
        self.driver = webdriver.Chrome(service=service, options=options)
        self.cdp("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
        self.cdp("Network.enable", {})
        self.size(1360, 1000)

    def cdp(self, command, args):
        return self.driver.execute_cdp_cmd(command, args)

    def size(self, width, height):
        self.cdp("Emulation.setDeviceMetricsOverride",
                 {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def prefer(self, scheme):
        self.cdp("Emulation.setEmulatedMedia",
                 {"features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def path(self, name):
        return os.path.join(self.directory, name)

    def open(self, name):
        """Returns how long it took until the page was drawn, in seconds."""
        for kind in ("browser", "performance"):
            self.driver.get_log(kind)
        self.driver.get(f"file://{self.path(name)}.html")
        deadline = time.time() + 20 * SLACK
        while self.js("return document.documentElement.dataset.ready") != "true":
            assert time.time() < deadline, f"{name} never became ready: {self.js('return wrong')}"
            time.sleep(0.02)
        return self.js("return (performance.getEntriesByType('navigation')[0].loadEventEnd) / 1000")

    def js(self, code, *args):
        return self.driver.execute_script(code, *args)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def actions(self):
        return ActionChains(self.driver, duration=20)

    def range(self):
        return self.js("const d = document.getElementById('timeline').dataset; return [+d.min, +d.max]")

    def wrong(self):
        said = [x for x in self.driver.get_log("browser") if x["level"] in ("SEVERE", "WARNING")]
        return [x["message"] for x in said] + self.js("return wrong")

    def requests(self):
        urls = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                urls.append(message["params"]["request"]["url"])
        return urls

    def shot(self, name):
        height = self.js("return document.documentElement.scrollHeight")
        width = self.js("return innerWidth")
        image = self.cdp("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": {
            "x": 0, "y": 0, "width": width, "height": min(height, 5000), "scale": 1}})
        with open(self.path(f"{name}.png"), "wb") as out:
            out.write(base64.b64decode(image["data"]))

    def over(self, plot, share=0.5, down=0.5):
        """A place of a plot: its element, and how far from its middle."""
        element = self.all(".u-over")[plot]
        self.js("arguments[0].scrollIntoView({block: 'center'})", element)
        size = element.size
        return element, int(size["width"] * (share - 0.5)), int(size["height"] * (down - 0.5))


def close_to(a, b, by):
    assert abs(a - b) <= by, f"{a} is not {b}"


def colours(b, selector):
    """How many different colours the canvas has."""
    return b.js("""
        const c = document.querySelectorAll(arguments[0])[0];
        const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data, seen = new Set();
        for (let i = 0; i < d.length; i += 4)
            if (d[i + 3] === 255) seen.add((d[i] << 16) + (d[i + 1] << 8) + d[i + 2]);
        return seen.size;""", selector)


def test_pages_render_without_a_complaint(b):
    for name in ("jitter", "hostile", "nothing", "hour"):
        b.open(name)
        assert b.one("#verdict .lead").text, name
        assert b.wrong() == [], f"{name}: {b.wrong()}"
        b.shot(name)
    assert colours(b, "canvas") >= 4, "nothing is drawn"


def test_nothing_is_loaded_from_elsewhere(b):
    b.open("hour")
    urls = [u for u in b.requests() if not u.startswith("data:")]
    assert urls == [f"file://{b.path('hour')}.html"], urls


def test_the_policy_keeps_other_scripts_from_running(b):
    b.open("jitter")
    ran = b.js("""
        window.ran = false;
        const s = document.createElement('script');
        s.textContent = 'window.ran = true';
        document.body.append(s);
        const d = document.createElement('div');
        d.innerHTML = '<img src=x onerror="window.ran = true">';
        document.body.append(d);
        return window.ran;""")
    time.sleep(0.2)
    assert not ran and not b.js("return window.ran")
    assert any("policy" in w for w in b.js("return wrong")), "and it is the policy that did"


def test_an_hour_opens_in_two_seconds_and_is_below_two_mib(b):
    took = min(b.open("hour") for _ in range(3))
    assert took < 2 * SLACK, f"{took} s"
    size = os.path.getsize(b.path("hour.html"))
    assert size < 2 << 20, f"{size} bytes"


def test_the_storm_is_told_at_the_top(b):
    b.open("hour")
    top = b.one("#verdict")
    box = top.rect
    assert box["y"] + box["height"] < 1000, "the verdict is on the first screen"
    for words in ("waited", "waiting for I/O", "service-0", "took most memory", "killed"):
        assert words in top.text, words


def test_dragging_zooms_all_plots(b):
    b.open("jitter")
    lo, hi = b.range()
    element, x, y = b.over(0, 0.25)
    b.actions().move_to_element_with_offset(element, x, y).click_and_hold() \
        .move_by_offset(element.size["width"] // 2, 5).release().perform()
    a, z = b.range()
    close_to(a, lo + (hi - lo) * 0.25, (hi - lo) * 0.02)
    close_to(z, lo + (hi - lo) * 0.75, (hi - lo) * 0.02)
    assert "the whole run" not in b.one("#range").text
    element, x, y = b.over(1, 0.5, 0.9)
    b.actions().move_to_element_with_offset(element, x, y).double_click().perform()
    assert b.range() == [lo, hi]


def test_keys_zoom_and_pan(b):
    b.open("jitter")
    lo, hi = b.range()
    timeline = b.one("#timeline")
    timeline.send_keys("+")
    a, z = b.range()
    close_to(z - a, (hi - lo) / 2, 0.01)
    timeline.send_keys(Keys.ARROW_LEFT)
    assert b.range()[0] < a
    timeline.send_keys("-", "-")
    assert b.range() == [lo, hi]
    for _ in range(60):
        timeline.send_keys("+")
    a, z = b.range()
    close_to(z - a, 0.005, 1e-6)
    assert b.wrong() == []
    timeline.send_keys(Keys.ESCAPE)
    assert b.range() == [lo, hi]


def test_buttons_and_wheel_zoom(b):
    b.open("hour")
    lo, hi = b.range()
    b.one("[data-do=worst]").click()
    a, z = b.range()
    assert lo < a < lo + 1500 and lo + 1620 < z < hi - 1000, f"{a - lo} to {z - lo}"
    b.one("[data-do=all]").click()
    assert b.range() == [lo, hi]
    b.one("#timeline").click()
    element, x, y = b.over(0, 0.5)
    wheel = "arguments[0].dispatchEvent(new WheelEvent('wheel', {deltaY: -300, clientX: arguments[1]," \
            " ctrlKey: true, cancelable: true}))"
    b.js(wheel, element, element.rect["x"] + element.rect["width"] / 2)
    a, z = b.range()
    assert z - a < (hi - lo) / 2


def cells(b, table, column):
    return [c.text for c in b.all(f"#{table} tbody tr > :nth-child({column})")]


def test_tables_sort_by_click_and_by_keyboard(b):
    b.open("jitter")
    head = b.all("#t-longest thead button")[6]
    head.click()
    assert head.find_element(By.XPATH, "..").get_attribute("aria-sort") == "descending"
    orders = [int(x) for x in cells(b, "t-longest", 7)]
    assert orders == sorted(orders, reverse=True) and orders[0] > orders[-1]
    head.send_keys(Keys.ENTER)
    assert head.find_element(By.XPATH, "..").get_attribute("aria-sort") == "ascending"
    orders = [int(x) for x in cells(b, "t-longest", 7)]
    assert orders == sorted(orders)
    assert len(b.all("#t-longest [aria-sort]")) == 1
    names = b.all("#t-culprits thead button")[0]
    names.click()
    assert cells(b, "t-culprits", 1) == sorted(cells(b, "t-culprits", 1))


def test_tables_filter_and_unfold(b):
    b.open("jitter")
    box = b.one("#t-longest input")
    box.send_keys("BACKUP")
    rows = cells(b, "t-longest", 1)
    assert rows and all("backup" in r for r in rows), rows
    assert "of 37 rows" in b.one("#t-longest .table-foot").text
    box.clear()
    box.send_keys("nobody")
    assert cells(b, "t-longest", 1) == []
    box.send_keys(Keys.CONTROL, "a", Keys.NULL, Keys.DELETE)
    b.one("#t-longest .table-foot button").click()
    assert len(cells(b, "t-longest", 1)) == 37


def lane_of(b, text):
    labels = [x.text for x in b.all(".lane-label")]
    return next(i for i, x in enumerate(labels) if text in x), len(labels)


def test_hovering_and_clicking_tell_about_a_stall(b):
    b.open("jitter")
    b.one("#t-longest tbody button").click()  # the longest, which fills a fifth of the view
    lane, n = lane_of(b, "server[5201]")
    element, x, _ = b.over(1, 0.5)
    y = int(4 + lane * 30 + 8 - element.size["height"] / 2)
    b.actions().move_to_element_with_offset(element, x, y).perform()
    time.sleep(0.2)
    tip = b.one("#tooltip")
    assert tip.is_displayed() and "worker-2[5203] waited 26.4 ms" in tip.text, tip.text
    for words in ("memcg", "/app (512.0 MiB)", "io", "15.8 ms, 60.0 %", "GFP_HIGHUSER_MOVABLE"):
        assert words in tip.text, f"{words}: {tip.text}"
    box = tip.rect
    assert box["x"] >= 0 and box["x"] + box["width"] <= 1360
    b.one("#details button").click()
    assert not b.one("#details").is_displayed()
    b.actions().move_to_element_with_offset(element, x, y).click().perform()
    assert "26.4 ms" in b.one("#details").text
    b.actions().move_to_element(b.one("h2")).perform()
    assert not tip.is_displayed()
    assert b.wrong() == []


def test_stalls_can_be_walked_by_keyboard(b):
    b.open("jitter")
    timeline = b.one("#timeline")
    timeline.send_keys("n")
    first = b.one("#details .tip-title").text
    timeline.send_keys("n")
    assert b.one("#details .tip-title").text != first
    timeline.send_keys("p")
    assert b.one("#details .tip-title").text == first
    timeline.send_keys(Keys.ENTER)
    a, z = b.range()
    assert z - a < 0.2


def test_curves_tell_their_values(b):
    b.open("jitter")
    element, x, y = b.over(2, 0.5)
    b.actions().move_to_element_with_offset(element, x, y).perform()
    time.sleep(0.2)
    assert "available" in b.one("#tooltip").text and "MiB" in b.one("#tooltip").text


def test_causes_can_be_hidden(b):
    b.open("jitter")
    before = colours(b, "canvas")
    chip = b.one("#legend button")
    chip.click()
    assert chip.get_attribute("aria-pressed") == "false"
    assert colours(b, "canvas") != before


def test_themes(b):
    def paper():
        return b.js("return getComputedStyle(document.documentElement).backgroundColor")

    b.prefer("dark")
    b.open("jitter")
    dark = paper()
    b.shot("dark")
    b.one("#theme").click()
    light = paper()
    assert dark != light and b.one("#theme").text == "Dark"
    b.one("#theme").click()
    assert paper() == dark
    b.prefer("light")
    b.open("jitter")
    assert paper() == light
    assert b.wrong() == []


def test_histograms_of_a_process(b):
    b.open("jitter")
    whole = b.one("#histograms").text
    select = b.one("#who")
    select.send_keys("backup")
    select.send_keys(Keys.ENTER)
    assert b.one("#histograms").text != whole
    assert "p99" in b.one("#histograms").text


def test_it_prints(b):
    b.prefer("dark")
    b.open("hour")
    lo_hi = b.range()
    pdf = base64.b64decode(b.cdp("Page.printToPDF", {"printBackground": True})["data"])
    with open(b.path("print.pdf"), "wb") as out:
        out.write(pdf)
    assert pdf.startswith(b"%PDF") and len(pdf) > 50000, len(pdf)
    assert pdf.count(b"/Type /Page\n") > 3, "tables are not whole"
    time.sleep(0.2)
    assert b.js("return document.documentElement.dataset.theme") is None, "it stays dark afterwards"
    assert b.range() == lo_hi and len(b.all("#t-processes tbody tr")) < 20
    b.prefer("light")
    assert b.wrong() == []


def test_hostile_names_stay_text(b):
    b.open("hostile")
    assert b.js("return document.scripts.length") == 2
    assert b.all("b, img, iframe, object, embed, svg") == [] or \
        all(e.find_element(By.XPATH, "..").tag_name == "button" for e in b.all("b"))
    text = b.js("return document.body.innerText")
    # Hidden characters are shown as their codes, as on the text page.
    for char in "\u202e\u2028\x1b\x07":
        assert char not in text, repr(char)
    assert "\\u{202e}" in text and "\\x1b[31m" in text
    assert b.wrong() == []


def test_a_quiet_run_has_sensible_words(b):
    b.open("nothing")
    assert "Nothing waited for memory" in b.one("#verdict .lead").text
    assert "No stalls." in b.one("#histograms").text
    assert not b.one("[data-do=worst]").is_displayed()
    assert "NaN" not in b.one("body").text and "undefined" not in b.one("body").text


def test_it_fits_a_narrow_screen(b):
    for name in ("hour", "hostile"):
        b.size(400, 800)
        b.open(name)
        b.one("#timeline").send_keys("n")
        wide = b.js("return document.documentElement.scrollWidth")
        b.shot(f"narrow-{name}")
        b.size(1360, 1000)
        assert wide <= 400, f"{name}: {wide}"


def test_all_that_can_be_used_has_a_name_and_can_be_reached(b):
    b.open("hour")
    b.cdp("Accessibility.enable", {})
    nodes = b.cdp("Accessibility.getFullAXTree", {})["nodes"]
    used = ("button", "searchbox", "combobox", "table", "link", "image", "columnheader")
    nameless = [n["role"]["value"] for n in nodes if not n.get("ignored") and
                n.get("role", {}).get("value") in used and not n.get("name", {}).get("value")]
    assert nameless == [], nameless
    assert b.js("return document.documentElement.lang") == "en"
    b.js("document.activeElement.blur(); scrollTo(0, 0)")
    reached = set()
    for _ in range(14):
        b.actions().send_keys(Keys.TAB).perform()
        reached.add(b.js("const e = document.activeElement; return e.id || e.dataset.do || e.className"))
    assert {"print", "theme", "timeline", "in", "out", "all"} <= reached, reached


def main():
    browser = Browser(os.path.abspath(sys.argv[1]))
    tests = [(n, f) for n, f in globals().items() if n.startswith("test_")]
    failed = 0

    try:
        for i, (name, test) in enumerate(tests, 1):
            words = name[5:].replace("_", " ")
            try:
                browser.size(1360, 1000)
                test(browser)
                print(f"ok {i} - {words}")
            except Exception as e:  # pylint: disable=broad-except
                failed = 1
                for line in f"{type(e).__name__}: {e}".splitlines():
                    print(f"# {line}")
                print(f"not ok {i} - {words}")
            sys.stdout.flush()
    finally:
        browser.driver.quit()
    print(f"1..{len(tests)}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
