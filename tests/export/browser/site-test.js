// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * site-test.js SITE LARGE-SITE: the pages of `ksig export site` in headless Chromium, opened from the file system.
 * SITE is of the workspace with hostile words, LARGE-SITE (may be absent) of 112,000 patches. Prints TAP.
 */
"use strict";
const assert = require("node:assert");
const path = require("node:path");
const { chromium } = require("playwright-core");

const [site, large] = process.argv.slice(2).map((name) => "file://" + path.resolve(name) + "/");
const trouble = [];
const tests = [];
const test = (name, run) => tests.push([name, run]);

async function open(page, url) {
	await page.goto("about:blank");
	await page.goto(url);
}

const listReady = (page) => page.waitForSelector("body[data-complete=true]");
const count = async (page) => (await page.textContent("#count")).trim();

test("overview shows figures and charts", async (page) => {
	await open(page, site + "index.html");
	assert.match(await page.textContent("h1"), /1\.0-3\.el9 in its patches/);
	assert.ok((await page.locator("svg[role=img]").count()) >= 6);
	assert.ok((await page.locator("main table a").count()) >= 4);
});

test("search, open a patch, go to its revision, and back", async (page) => {
	await open(page, site + "patches.html");
	await listReady(page);
	assert.strictEqual(await count(page), "18 of 18 patches");
	await page.keyboard.press("/");
	await page.keyboard.type("leak dev_open");
	assert.strictEqual(await count(page), "1 of 18 patches");
	await page.click("#rows a:has-text('net: fix a leak')");
	await page.waitForSelector("h1:has-text('net: fix a leak')");
	assert.match(page.url(), /patch\.html#1$/);
	assert.ok(await page.locator(".diff .a:has-text('dev_free_all')").count());
	await page.click("dl a:has-text('1.0-1.el9')");
	await page.waitForSelector("h1:has-text('1.0-1.el9')");
	await page.goBack();
	await page.goBack();
	await listReady(page);
	assert.strictEqual(await page.inputValue("#q"), "leak dev_open");
	assert.strictEqual(await count(page), "1 of 18 patches");
});

test("filters narrow the list and stand in the address", async (page) => {
	await open(page, site + "patches.html");
	await listReady(page);
	await page.selectOption("#kind", { label: "vendor" });
	assert.strictEqual(await count(page), "2 of 18 patches");
	const address = page.url();
	await open(page, address);
	await listReady(page);
	assert.strictEqual(await count(page), "2 of 18 patches");
});

test("missing fixes and status are pages of the menu, and need no script", async (page, browser) => {
	const context = await browser.newContext({ javaScriptEnabled: false });
	const plain = await context.newPage();
	await plain.goto(site + "index.html");
	await plain.click("nav a:has-text('Missing fixes')");
	assert.match(await plain.textContent("main"), /<img src=x onerror=alert\(1\)> fix it/);
	assert.match(await plain.textContent("main"), /1 upstream commits fix or revert/);
	assert.strictEqual(await plain.getAttribute("td a:has-text('patch 1')", "href"), "patch.html#1");
	await plain.click("nav a:has-text('Status')");
	assert.match(await plain.textContent("main"), /6\.12\.9 <b>.*<script>alert\(1\)<\/script>/s);
	assert.doesNotMatch(await plain.textContent("tbody"), /6\.12\.8/);
	await context.close();
});

test("CVE records: affected, fixed, not affected, unknown, each with why, and without a script", async (page, browser) => {
	const context = await browser.newContext({ javaScriptEnabled: false });
	const plain = await context.newPage();
	await plain.goto(site + "cves.html");
	const rows = await plain.locator("table >> nth=0 >> tbody tr").allTextContents();
	assert.deepStrictEqual(rows.map((row) => row.slice(0, 13)), ["CVE-2023-9999", "CVE-2023-7777", "CVE-2022-2602", "CVE-2023-8888"]);
	assert.match(rows[0], /affected.*upstream has the flaw since 0\.9; no patch fixes it/);
	assert.match(rows[1], /unknown.*CVE-2023-7777\.json/);
	assert.match(rows[2], /fixed.*net: fix a leak/);
	assert.match(rows[3], /not affected.*came with 2\.0/);
	await context.close();
});

test("a dropped patch says why", async (page) => {
	await open(page, site + "revision-1.0-2.el9.html");
	assert.match(await page.textContent(".why"), /superseded by patch 1, <b>bold<\/b>/);
	await page.click("a:has-text('größer ist besser') >> nth=0");
	await page.waitForSelector("p:has-text('Superseded by patch 1, <b>bold</b>.')");
	await page.click("p:has-text('Superseded') a:has-text('1')");
	await page.waitForSelector("h1:has-text('net: fix a leak')");
});

test("a revision's changelog stands beside its code, with the likely pair, and each leads to the other", async (page) => {
	await open(page, site + "revision-1.0-3.el9.html");
	await page.waitForSelector("#account h3:has-text('1 subsystems with something open')");
	assert.match(await page.textContent("#changelog .tiles"), /0\.0 %of the changelog accounted for.*1entries without code.*1changes without/s);
	assert.match(await page.textContent("#account table"), /let slab\(\) wait <img src=x onerror=alert\(2\)>.*new firmware.*slab/s);
	assert.strictEqual(await page.getAttribute("#account table a:has-text('new firmware')", "href"), "patch.html#17");
	assert.strictEqual(await page.locator(".sides").count(), 0);
	await page.click("#account table a:has-text('let slab')");
	await page.waitForSelector("details[open] li.current:has-text('let slab() wait')");
	const address = page.url();
	assert.match(address, /revision-1\.0-3\.el9\.html#entry-\d+$/);
	await open(page, address);
	await page.waitForSelector("details[open] li:has-text('let slab() wait')");
	await page.click("details a:has-text('new firmware')");
	await page.waitForSelector("h1:has-text('new firmware')");
});

test("a patch leads to the one behind it, to its source's own repository, and to what can be taken away", async (page) => {
	await open(page, site + "patch.html#1");
	await page.waitForSelector("h1:has-text('net: fix a leak')");
	const href = (text) => page.getAttribute(`main a:has-text('${text}')`, "href");
	assert.strictEqual(await href("0123456789abcdef0123456789abcdef01234567"), "https://git.kernel.org/linus/0123456789abcdef0123456789abcdef01234567");
	assert.match(await page.getAttribute("dt:has-text('candidate') + dd a", "href"), /^https:\/\/git\.example\.org\/c\/[0-9a-f]{40}$/);
	assert.strictEqual(await href("CVE-2022-2602"), "https://www.cve.org/CVERecord?id=CVE-2022-2602");
	assert.strictEqual(await href("https://lore.example.org/r/1"), "https://lore.example.org/r/1");
	assert.strictEqual(await href("javascript:alert(3)"), "https://bugzilla.redhat.com/show_bug.cgi?id=javascript%3Aalert(3)");
	assert.strictEqual(await href("Raw patch"), "raw/1.patch");
	assert.strictEqual(await href("Raw diff"), "raw/1.diff");
	assert.strictEqual(await page.locator("a[rel=prev]").count(), 0);
	await page.click("a[rel=next]");
	await page.waitForSelector("h1:has-text('scripts: executable')");
	await page.click("a[rel=prev]");
	await page.waitForSelector("h1:has-text('net: fix a leak')");
	await page.click("a:has-text('Permalink by commit')");
	await page.waitForURL(/patch\.html#0123456789ab$/);
	await page.waitForSelector(".over:has-text('Patch 1')");
});

test("what the vendor did differently: side by side on a screen, one column on a telephone", async (page) => {
	const place = async (text) => page.locator(".against .cell", { hasText: text }).first().boundingBox();
	for (const [width, beside] of [[1400, true], [390, false]]) {
		await page.setViewportSize({ width, height: 900 });
		await open(page, site + "patch.html#1");
		await page.waitForSelector(".against .left:has-text('dev_free_one')");
		await page.waitForSelector(".against .right:has-text('dev_free_all')");
		const upstream = await place("dev_free_one"), vendor = await place("dev_free_all");
		assert.strictEqual(upstream.y === vendor.y && upstream.x + upstream.width <= vendor.x, beside);
		assert.ok(beside || upstream.y < vendor.y);
		assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
	}
});

test("a file's lines have their owners, where that was asked for", async (page) => {
	await open(page, site + "file.html#net%2Fcore%2Fdev.c");
	await page.waitForSelector(".blame");
	assert.strictEqual(await page.locator(".blame span").count(), 19);
	assert.strictEqual((await page.textContent(".blame .a")).trim(), "17\tdev_free_all();");
	await page.click(".blame .a a");
	await page.waitForSelector("h1:has-text('net: fix a leak')");
	await open(page, site + "file.html#mm%2Fslab.c");
	await page.waitForSelector(".note:has-text('--blame=mm/slab.c')");
});

test("the compared revisions are filtered, and the filter stands in the address", async (page) => {
	await open(page, site + "compare.html#1.0..1.0-3.el9");
	await page.waitForSelector("h2:has-text('17 added')");
	await page.fill("#q", "leak");
	await page.waitForSelector("h2:has-text('1 added')");
	await page.selectOption("#subsystem", { label: "mm" });
	await page.waitForSelector("h2:has-text('0 added')");
	await page.fill("#q", "");
	await page.waitForSelector("h2:has-text('1 added')");
	assert.match(page.url(), /#1\.0\.\.1\.0-3\.el9&subsystem=mm$/);
	await open(page, page.url());
	await page.waitForSelector("h2:has-text('1 added')");
	assert.strictEqual(await page.inputValue("#subsystem"), "mm");
});

test("the first page tells the newest revision, coverage in figures and hatching, growth, and has a feed", async (page) => {
	await open(page, site + "index.html");
	assert.match(await page.textContent("section:has(h2:has-text('The newest revision'))"), /1\.0-3\.el9.*2patches added.*new firmware/s);
	const coverage = page.locator("section.card:has(h2:has-text('How much of the difference'))");
	assert.match(await coverage.locator("svg").textContent(), /mm.*22 % of 9/s);
	assert.ok((await coverage.locator("rect[fill='url(#hatch)']").count()) >= 6);
	assert.match(await page.textContent("section.card:has(h2:has-text('Growth')) table"), /1\.0-3\.el917/);
	assert.strictEqual(await page.getAttribute("link[type='application/atom+xml']", "href"), "feed.xml");
});

test("addresses are made of names", async (page) => {
	await open(page, site + "patches.html");
	await listReady(page);
	await page.selectOption("#kind", { label: "vendor" });
	await page.selectOption("#revision", { label: "1.0-2.el9" });
	assert.match(page.url(), /#kind=vendor&revision=1\.0-2\.el9$/);
	await open(page, site + "patches.html#kind=nosuchkind");
	await listReady(page);
	assert.strictEqual(await count(page), "0 of 18 patches");
});

test("no page is wider than a telephone", async (page) => {
	await page.setViewportSize({ width: 390, height: 800 });
	for (const url of ["index.html", "patches.html", "patch.html#14", "revision-1.0-3.el9.html", "missing.html", "status.html", "cves.html",
		"compare.html"]) {
		await open(page, site + url);
		await page.waitForTimeout(200);
		assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), url);
	}
});

test("search finds a CVE", async (page) => {
	await open(page, site + "patches.html#q=cve-2022-2602");
	await listReady(page);
	assert.strictEqual(await count(page), "1 of 18 patches");
});

test("keyboard moves and opens", async (page) => {
	await open(page, site + "patches.html");
	await listReady(page);
	await page.focus("#list");
	for (let i = 0; i < 3; i++)
		await page.keyboard.press("ArrowDown");
	await page.keyboard.press("Enter");
	await page.waitForURL(/patch\.html#3$/);
});

test("deep link to a patch, and another from there", async (page) => {
	await open(page, site + "patch.html#15");
	await page.waitForSelector("h1:has-text('größer ist besser')");
	await page.evaluate(() => { location.hash = "#2"; });
	await page.waitForSelector("h1:has-text('scripts: executable')");
	await page.goBack();
	await page.waitForSelector("h1:has-text('größer')");
	await open(page, site + "patch.html#4711");
	await page.waitForSelector("h1:has-text('No such patch')");
	trouble.length = 0; // the shard that is not there is the point of this one
});

test("a file says who changed it", async (page) => {
	await open(page, site + "patch.html#9");
	await page.click("ul a:has-text('quote')");
	await page.waitForSelector("td a:has-text('quotes and tabs')");
});

test("compare two revisions, and choose another", async (page) => {
	await open(page, site + "compare.html#1.0-1.el9..1.0-3.el9");
	await page.waitForSelector("h2:has-text('4 added')");
	await page.waitForSelector("h2:has-text('1 reworked')");
	await page.selectOption("#to", { label: "1.0-2.el9" });
	await page.waitForSelector("h2:has-text('2 added')");
});

test("hostile words are words", async (page) => {
	let dialogs = 0;
	page.on("dialog", (dialog) => { dialogs++; dialog.dismiss(); });
	for (const url of ["patch.html#14", "revision-1.0-2.el9.html", "patches.html", "compare.html#1.0..1.0-3.el9"]) {
		await open(page, site + url);
		await page.waitForSelector("text=<script>alert(1)</script>");
		assert.strictEqual(await page.locator("main script").count(), 0);
	}
	assert.strictEqual(dialogs, 0);
});

test("an injected script does not run", async (page) => {
	await open(page, site + "index.html");
	await page.evaluate(() => {
		const script = document.createElement("script");
		script.textContent = "window.injected = true";
		document.body.append(script);
	});
	assert.strictEqual(await page.evaluate(() => window.injected), undefined);
	assert.ok(trouble.some((line) => line.includes("Content Security Policy")));
	trouble.length = 0; // the refusal is what was asked for
});

test("without scripts the revisions list their patches", async (page, browser) => {
	const context = await browser.newContext({ javaScriptEnabled: false });
	const plain = await context.newPage();
	await plain.goto(site + "index.html");
	await plain.click("tbody th a >> nth=1");
	assert.match(await plain.textContent("main"), /scripts: executable/);
	await plain.goto(site + "patches.html");
	assert.match(await plain.textContent("noscript"), /Without one/);
	await context.close();
});

for (const colorScheme of ["light", "dark"])
	for (const url of ["index.html", "patches.html", "patch.html#1", "revision-1.0-3.el9.html", "cves.html", "compare.html", "missing.html", "status.html",
		"file.html#net%2Fcore%2Fdev.c"])
		test(`axe-core finds no serious fault: ${url}, ${colorScheme}`, async (page, browser) => {
			const context = await browser.newContext({ colorScheme, bypassCSP: true });
			const checked = await context.newPage();
			await checked.goto(site + url);
			await checked.waitForTimeout(200);
			await checked.addScriptTag({ path: require.resolve("axe-core/axe.min.js") });
			const result = await checked.evaluate(() => window.axe.run());
			const faults = result.violations.filter((v) => ["serious", "critical"].includes(v.impact));
			await context.close();
			assert.deepStrictEqual(faults.map((v) => v.id + ": " + v.nodes[0].html.slice(0, 200)), []);
		});

if (large) {
	test("112,000 patches: first view and search", async (page) => {
		const started = Date.now();
		await open(page, large + "patches.html");
		await listReady(page);
		const all = Date.now() - started;
		const first = Math.round(Number(await page.getAttribute("body", "data-first-ms")));
		assert.strictEqual(await count(page), "112,000 of 112,000 patches");
		const times = [];
		for (const words of ["ext4 change 4242", "mm:", "cve-2023-1234", "nothing has this"]) {
			await page.fill("#q", words);
			times.push(Number(await page.getAttribute("body", "data-search-ms")));
		}
		await page.fill("#q", "");
		await page.focus("#list");
		await page.evaluate(() => { document.getElementById("list").scrollTop = 1e9; });
		await page.waitForSelector("#rows .row:has-text('111999')");
		assert.ok((await page.locator("#rows .row").count()) < 80);
		console.log(`# first view ${first} ms, all loaded ${all} ms, searches ${times.map((t) => t.toFixed(0)).join(", ")} ms`);
	});
}

async function run(browser, [name, body], number) {
	const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
	trouble.length = 0;
	page.on("console", (message) => { if (message.type() === "error") trouble.push(message.text()); });
	page.on("pageerror", (error) => trouble.push(error.message));
	page.setDefaultTimeout(15000);
	try {
		await body(page, browser);
		assert.deepStrictEqual(trouble, []);
		console.log(`ok ${number} ${name}`);
		return true;
	} catch (error) {
		for (const line of String(error.stack).split("\n"))
			console.log("# " + line);
		console.log(`not ok ${number} ${name}`);
		return false;
	} finally {
		await page.close();
	}
}

(async () => {
	const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--disable-quic",
		"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
	let failed = 0;
	console.log(`1..${tests.length}`);
	for (let i = 0; i < tests.length; i++)
		failed += (await run(browser, tests[i], i + 1)) ? 0 : 1;
	await browser.close();
	process.exit(failed ? 1 : 0);
})();
