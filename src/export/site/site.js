/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pages that are made in the browser. Data come as scripts that call ksigShard(), because a page opened from
 * a file system may load scripts but not fetch. Text from patches only ever becomes text nodes.
 */
"use strict";
(function () {
	const waiting = new Map();
	const ROW_HEIGHT = 34;

	window.ksigShard = function (name, data) {
		const take = waiting.get(name);
		waiting.delete(name);
		if (take)
			take(data);
	};

	const loaded = new Map();
	function load(name) {
		if (loaded.has(name))
			return loaded.get(name);
		const promise = new Promise(function (resolve, reject) {
			const script = document.createElement("script");
			waiting.set(name, resolve);
			script.src = "data/" + name + ".js";
			script.addEventListener("error", function () { reject(new Error("data/" + name + ".js is not there")); });
			document.head.append(script);
		});
		loaded.set(name, promise);
		return promise;
	}

	function make(tag, properties, ...children) {
		const element = document.createElement(tag);
		for (const [name, value] of Object.entries(properties || {})) {
			if (value === null || value === undefined)
				continue;
			if (name === "class")
				element.className = value;
			else
				element.setAttribute(name, value);
		}
		element.append(...children.filter(function (child) { return child !== null && child !== undefined; }));
		return element;
	}

	const byId = function (id) { return document.getElementById(id); };
	const number = new Intl.NumberFormat("en");
	const fold = function (text) { return text.toLowerCase(); };
	const kindBadge = function (kind) { return make("span", { class: "kind kind-" + kind }, kind); };
	const patchLink = function (id, text) { return make("a", { href: "patch.html#" + id }, text); };
	const fileLink = function (path) { return make("a", { href: "file.html#" + encodeURIComponent(path) }, path); };
	const revisionLink = function (meta, position) {
		const revision = meta.revisions[position];
		return revision ? make("a", { href: "revision-" + revision.key + ".html" }, revision.label) : make("span", null, "?");
	};

	const labelsOf = function (meta) { return meta.revisions.map(function (revision) { return revision.label; }); };

	function fail(error) {
		const main = byId("main");
		main.append(make("p", { class: "note", role: "alert" }, "This page could not be made: " + error.message));
	}

	/* FNV-1a of the UTF-8 bytes: which shard a path is in. */
	function shardOfPath(path, shards) {
		let hash = 0x811c9dc5;
		for (const byte of new TextEncoder().encode(path))
			hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
		return hash % shards;
	}

	const ID = 0, KIND = 1, CONFIDENCE = 2, SOURCE = 3, SUBJECT = 4, INTRODUCED = 5, DROPPED = 6, REWORKED = 7,
		SUBSYSTEM = 8, ADDED = 9, REMOVED = 10, UPSTREAM = 11, CVES = 12, REASON = 13;

	/* Loads the list shard by shard; SEE is told after each. */
	async function loadList(meta, see) {
		const rows = [];
		for (let i = 0; i < meta.shards; i++) {
			for (const row of await load("list-" + i))
				rows.push(row);
			see(rows, i + 1 === meta.shards);
		}
		return rows;
	}

	/* ---- the list ---- */

	function readHash() {
		return new URLSearchParams(location.hash.slice(1));
	}

	function fillSelect(select, values, all) {
		select.append(make("option", { value: "" }, all));
		for (const value of values)
			select.append(make("option", null, value));
	}

	/* Names stand in the address, not positions, so that it means the same in a later site. -1: any; -2: none is called so. */
	function filterOf(meta, hash) {
		const index = function (name, values) {
			const wanted = hash.get(name);
			const found = wanted ? values.indexOf(wanted) : -1;
			return wanted && found < 0 ? -2 : found;
		};
		return { words: fold(hash.get("q") || "").split(/\s+/).filter(Boolean), kind: index("kind", meta.kinds),
			source: index("source", meta.sources), revision: index("revision", labelsOf(meta)),
			subsystem: index("subsystem", meta.subsystems), sort: hash.get("sort") || "" };
	}

	function matches(row, text, filter) {
		const is = function (wanted, index) { return wanted === -1 || row[index] === wanted; };
		return is(filter.kind, KIND) && is(filter.source, SOURCE) && is(filter.revision, INTRODUCED) && is(filter.subsystem, SUBSYSTEM) &&
			filter.words.every(function (word) { return text.includes(word); });
	}

	/* Those without a confidence stand last. */
	function sureness(row) {
		return row[CONFIDENCE] < 0 ? 2000 : row[CONFIDENCE];
	}

	const ORDERS = {
		confidence: function (a, b) { return sureness(a) - sureness(b) || a[ID] - b[ID]; },
		size: function (a, b) { return (b[ADDED] + b[REMOVED]) - (a[ADDED] + a[REMOVED]) || a[ID] - b[ID]; },
		newest: function (a, b) { return b[INTRODUCED] - a[INTRODUCED] || a[ID] - b[ID]; },
	};

	function listRow(meta, row, index) {
		const cell = function (text, extra) { return make("span", { role: "cell", class: extra }, text); };
		const source = row[SOURCE] < 0 ? "" : meta.sources[row[SOURCE]];
		const element = make("div", { class: "row", role: "row", "aria-rowindex": String(index + 2) },
			cell(String(row[ID]), "number less"),
			make("span", { role: "cell", class: "end" }, revisionLink(meta, row[INTRODUCED])),
			make("span", { role: "cell" }, kindBadge(meta.kinds[row[KIND]])),
			cell(row[CONFIDENCE] < 0 ? "" : (row[CONFIDENCE] / 1000).toFixed(2), "number less"), cell(source, "less"),
			make("span", { role: "cell" }, patchLink(row[ID], row[SUBJECT])),
			cell("+" + row[ADDED] + " −" + row[REMOVED], "number less"));
		element.style.top = index * ROW_HEIGHT + "px";
		return element;
	}

	/* Only the rows in sight are in the document. */
	function virtualList(meta, box, body) {
		let rows = [];
		let first = -1, last = -1, current = -1;

		function draw(force) {
			const from = Math.max(0, Math.floor(box.scrollTop / ROW_HEIGHT) - 8);
			const to = Math.min(rows.length, Math.ceil((box.scrollTop + box.clientHeight) / ROW_HEIGHT) + 8);
			if (!force && from === first && to === last)
				return;
			first = from;
			last = to;
			body.replaceChildren(...rows.slice(from, to).map(function (row, i) { return listRow(meta, row, from + i); }));
			if (current >= from && current < to)
				body.children[current - from].classList.add("current");
		}

		function move(step) {
			current = Math.max(0, Math.min(rows.length - 1, current + step));
			const top = current * ROW_HEIGHT;
			if (top < box.scrollTop)
				box.scrollTop = top;
			else if (top + 3 * ROW_HEIGHT > box.scrollTop + box.clientHeight)
				box.scrollTop = top + 3 * ROW_HEIGHT - box.clientHeight;
			draw(true);
		}

		box.addEventListener("scroll", function () { draw(false); }, { passive: true });
		window.addEventListener("resize", function () { draw(true); });
		box.addEventListener("keydown", function (event) {
			const steps = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: 12, PageUp: -12 };
			if (event.key in steps) {
				event.preventDefault();
				move(steps[event.key]);
			} else if (event.key === "Enter" && current >= 0 && event.target === box) {
				location.href = "patch.html#" + rows[current][ID];
			}
		});
		return function (next) {
			rows = next;
			body.style.height = rows.length * ROW_HEIGHT + "px";
			box.setAttribute("aria-rowcount", String(rows.length + 1));
			draw(true);
		};
	}

	function textOf(meta, row) {
		return fold(row[ID] + " " + row[SUBJECT] + " " + row[UPSTREAM] + " " + row[CVES] + " " + meta.subsystems[row[SUBSYSTEM]]);
	}

	async function listPage(meta) {
		const fields = ["q", "kind", "source", "revision", "subsystem", "sort"];
		const show = virtualList(meta, byId("list"), byId("rows"));
		const texts = [];
		let all = [], complete = false;

		fillSelect(byId("kind"), meta.kinds, "any kind");
		fillSelect(byId("source"), meta.sources, "any source");
		fillSelect(byId("revision"), labelsOf(meta), "any revision");
		fillSelect(byId("subsystem"), [...meta.subsystems].sort(), "any subsystem");
		function apply() {
			const started = performance.now();
			const filter = filterOf(meta, readHash());
			for (let i = texts.length; i < all.length; i++)
				texts.push(textOf(meta, all[i]));
			const rows = all.filter(function (row, i) { return matches(row, texts[i], filter); });
			if (ORDERS[filter.sort])
				rows.sort(ORDERS[filter.sort]);
			show(rows);
			byId("count").textContent = number.format(rows.length) + " of " + number.format(meta.patches) + " patches" +
				(complete ? "" : ", still loading");
			document.body.dataset.searchMs = String(performance.now() - started);
			if (rows.length > 0 && !document.body.dataset.firstMs)
				document.body.dataset.firstMs = String(performance.now());
			document.body.dataset.complete = String(complete);
		}
		function restore() {
			const hash = readHash();
			for (const field of fields)
				byId(field).value = hash.get(field) || "";
			byId("list").scrollTop = 0;
			apply();
		}
		function store() {
			const hash = new URLSearchParams();
			for (const field of fields)
				if (byId(field).value)
					hash.set(field, byId(field).value);
			history.replaceState(null, "", "#" + hash);
			byId("list").scrollTop = 0;
			apply();
		}
		for (const field of fields)
			byId(field).addEventListener("input", store);
		window.addEventListener("hashchange", restore);
		document.addEventListener("keydown", function (event) {
			if (event.key === "/" && !/^(INPUT|SELECT)$/.test(event.target.tagName)) {
				event.preventDefault();
				byId("q").focus();
			}
		});
		byId("q").addEventListener("keydown", function (event) {
			if (event.key === "ArrowDown")
				byId("list").focus();
		});
		restore();
		await loadList(meta, function (rows, done) {
			all = rows;
			complete = done;
			if (done || rows.length <= meta.shard)
				apply();
		});
	}

	/* ---- a patch ---- */

	function diffLines(text) {
		const box = make("pre", { class: "diff", tabindex: "0", "aria-label": "difference" });
		for (const line of text.replace(/\n$/, "").split("\n")) {
			const name = line.startsWith("diff --git") ? "f" : line.startsWith("@@") ? "h" :
				/^(index |--- |\+\+\+ |new file|deleted file|old mode|new mode)/.test(line) ? "h" :
				line.startsWith("+") ? "a" : line.startsWith("-") ? "r" : null;
			box.append(make("span", { class: name }, line || " "));
		}
		return box;
	}

	function facts(pairs) {
		const list = make("dl", { class: "facts" });
		for (const [name, value] of pairs)
			if (value !== null && value !== undefined && value !== "")
				list.append(make("dt", null, name), make("dd", null, ...[].concat(value)));
		return list;
	}

	/* ADDRESS has @ID@ where the id goes; without one, or for what no browser should open, TEXT is text. */
	function outside(address, id, text) {
		const target = address ? address.replaceAll("@ID@", encodeURIComponent(id)) : "";
		return /^https?:\/\//.test(target) ? make("a", { href: target, rel: "noreferrer" }, text || id) : make("span", null, text || id);
	}

	/* The pool's own commit is in the pool's repository, the mainline one in Linus's. */
	function commitLink(meta, patch, id) {
		if (!id)
			return "";
		const source = meta.sources.indexOf(patch.source);
		const own = source >= 0 && (!patch.candidate || patch.candidate === id);
		const link = /^[0-9a-f]{7,40}$/.test(id) ? outside(own ? meta.links.sources[source] : meta.links.commit, id) : make("span", null, id);
		link.classList.add("id");
		return link;
	}

	function ticketLink(meta, value) {
		if (/^https?:\/\//.test(value))
			return outside("@ID@".replace("@ID@", value), "", value);
		if (/^RHEL-\d+$/.test(value))
			return outside("https://issues.redhat.com/browse/@ID@", value);
		if (/^#\d+$/.test(value))
			return outside("https://bugs.debian.org/@ID@", value.slice(1), value);
		return outside(meta.links.ticket, value);
	}

	/* A fixed commit may be a patch here: its number's page finds it by the id. */
	function referenceLink(meta, kind, value) {
		if (kind === "cve" || kind === "cve-mention")
			return outside(meta.links.cve, value);
		if (kind === "ticket")
			return ticketLink(meta, value);
		if (kind === "link")
			return ticketLink(meta, value);
		if (/^[0-9a-f]{7,40}$/.test(value))
			return outside(meta.links.commit, value);
		return make("span", null, value);
	}

	function references(meta, patch) {
		return patch.references.flatMap(function ([kind, value], index) { return [index ? ", " : "", kind + " ", referenceLink(meta, kind, value)]; });
	}

	/* "superseded by patch 17, x" as a sentence whose patch is a link. */
	function sentence(reason) {
		const found = /^(.*?\bpatch )(\d+)(.*)$/s.exec(reason[0].toUpperCase() + reason.slice(1) + ".");
		return found ? make("span", null, found[1], patchLink(found[2], found[2]), found[3]) :
			reason[0].toUpperCase() + reason.slice(1) + ".";
	}

	function stepSection(meta, step) {
		const words = { introduce: "Introduced in ", rework: "Reworked in ", drop: "Dropped in " };

		if (step.action === "carry")
			return [];
		const files = make("ul", { class: "plain" });
		for (const file of step.files)
			files.append(make("li", null, fileLink(file[0]), " ", make("span", { class: "plus" }, "+" + file[1]), " ",
				make("span", { class: "minus" }, "−" + file[2])));
		return [make("h2", null, words[step.action], revisionLink(meta, step.revision)),
			step.reason ? make("p", null, sentence(step.reason)) : null, files,
			step.diff ? diffLines(step.diff) : make("p", null, step.note || "No file changes.")].filter(Boolean);
	}

	function life(meta, patch) {
		const words = { introduce: "introduced in ", rework: ", reworked in ", drop: ", dropped in ", carry: ", put on again in " };
		return patch.steps.flatMap(function (step) { return [words[step.action], revisionLink(meta, step.revision)]; });
	}

	function patchFacts(meta, patch) {
		return facts([["kind", kindBadge(patch.kind)], ["confidence", patch.confidence === null ? "" : patch.confidence.toFixed(2)],
			["fit", patch.fit === null ? "" : patch.fit.toFixed(2) + ", of the changelog's entry"],
			["searched", patch.searched ? "" : "no upstream has a commit in its folders"],
			["source", patch.source || (patch.kind === "vendor" ? "vendor" : "unknown")], ["upstream", commitLink(meta, patch, patch.upstream)],
			["candidate", patch.candidate !== patch.upstream ? commitLink(meta, patch, patch.candidate) : ""], ["member", patch.member],
			["author", patch.author], ["date", patch.date], ["life", life(meta, patch)],
			["names", patch.references.length > 0 ? references(meta, patch) : ""], ["changelog", patch.entries.join("; ")]]);
	}

	function evidenceTable(patch) {
		if (patch.evidence.length === 0)
			return [];
		const rows = patch.evidence.map(function (fact) {
			return make("tr", null, make("td", null, fact[0]), make("td", null, fact[1]),
				make("td", { class: "number" }, fact[2] ? fact[2].toFixed(2) : ""));
		});
		return [make("h2", null, "Evidence"), make("div", { class: "scroll" }, make("table", null, make("thead", null, make("tr", null,
			make("th", { scope: "col" }, "kind"), make("th", { scope: "col" }, "what"),
			make("th", { scope: "col", class: "number" }, "weight"))), make("tbody", null, ...rows)))];
	}

	/* By its number, or by its upstream commit or the beginning of it, which names it in every breakdown. */
	async function findPatch(meta, name) {
		const id = /^\d{1,9}$/.test(name) ? Number(name) : 0;
		if (id === 0 && !/^[0-9a-f]{7,40}$/.test(name))
			return [0, null];
		const row = id > 0 ? null : (await loadList(meta, function () {})).find(function (one) { return one[UPSTREAM] && one[UPSTREAM].startsWith(name.slice(0, 12)); });
		const number = id || (row ? row[ID] : 0);
		const shard = number > 0 ? await load("patch-" + Math.floor(number / meta.detail)).catch(function () { return {}; }) : {};
		return [number, Object.hasOwn(shard, number) ? shard[number] : null];
	}

	function ways(id, patch) {
		const steps = [patch.previous ? make("a", { href: "patch.html#" + patch.previous, rel: "prev" }, "← " + patch.previous) : null,
			patch.next ? make("a", { href: "patch.html#" + patch.next, rel: "next" }, patch.next + " →") : null,
			/^[0-9a-f]{40}$/.test(patch.upstream || "") ? patchLink(patch.upstream.slice(0, 12), "Permalink by commit") : null,
			patch.raw ? make("a", { href: "raw/" + id + ".patch", download: "" }, "Raw patch, an mbox for git am") : null,
			patch.raw ? make("a", { href: "raw/" + id + ".diff", download: "" }, "Raw diff") : null];
		return make("p", { class: "ways" }, ...steps.filter(Boolean));
	}

	/* ---- what the vendor did differently ---- */

	/* The lines of git range-diff, upstream's on the left, the vendor's on the right, what both have on both. */
	function sideRows(text) {
		const rows = [];
		let left = [], right = [];
		const flush = function () {
			for (let i = 0; i < Math.max(left.length, right.length); i++)
				rows.push([left[i], right[i], false]);
			left = [];
			right = [];
		};
		const indented = text.startsWith("    ");
		for (const raw of text.replace(/\n$/, "").split("\n")) {
			const line = indented ? raw.slice(4) : raw;
			if (line.startsWith("-")) {
				left.push(line.slice(1));
			} else if (line.startsWith("+")) {
				right.push(line.slice(1));
			} else {
				flush();
				rows.push([line.startsWith(" ") ? line.slice(1) : line, null, true]);
			}
		}
		flush();
		return rows;
	}

	function sideCell(text, side, sign) {
		if (text === undefined)
			return make("div", { class: "cell none " + side });
		return make("div", { class: "cell " + side + (text.startsWith("+") ? " a" : text.startsWith("-") ? " r" : "") },
			make("span", { class: "sign" }, sign), text || " ");
	}

	function againstSection(patch) {
		if (!patch.against)
			return [];
		const [state, commit, reason, text] = patch.against;
		const words = { same: "Nothing differs from ", differs: "Against ", unknown: "Not compared with " };
		const box = make("div", { class: "against", tabindex: "0", "aria-label": "what the vendor did differently" });
		for (const [left, right, both] of text ? sideRows(text) : [])
			box.append(...(both ? [make("div", { class: "cell both" + (left.startsWith("@@") ? " h" : "") }, left || " ")] :
				[sideCell(left, "left", "−"), sideCell(right, "right", "+")]));
		return [make("h2", null, "What the vendor did differently"),
			make("p", null, words[state] + (commit || "upstream") + (reason ? ": " + reason : "") + "." +
				(text ? " Lines marked − only upstream has, + only the vendor." : "")),
			text ? box : null].filter(Boolean);
	}

	async function patchPage(meta) {
		const [id, patch] = await findPatch(meta, location.hash.slice(1));
		const content = byId("content");

		if (!patch) {
			content.replaceChildren(make("h1", null, "No such patch"), make("p", null, "The list has all of them: ",
				make("a", { href: "patches.html" }, "patches"), "."));
			return;
		}
		document.title = patch.subject + " · ksig";
		content.replaceChildren(make("p", { class: "over" }, "Patch " + id),
			make("h1", null, patch.subject), ways(id, patch), patchFacts(meta, patch),
			...(patch.purpose ? [make("h2", null, "Purpose"), make("div", { class: "purpose" }, patch.purpose)] : []),
			...evidenceTable(patch), ...againstSection(patch), ...patch.steps.flatMap(function (step) { return stepSection(meta, step); }));
	}

	/* ---- a file ---- */

	function patchTable(meta, rows, why) {
		const head = [["patch", "number"], ["revision", "less"], ["kind"], ["confidence", "number less"], ["subject"]];
		const lines = rows.map(function (row) {
			return make("tr", null, make("td", { class: "number" }, patchLink(row[ID], String(row[ID]))),
				make("td", { class: "less" }, revisionLink(meta, row[INTRODUCED])), make("td", null, kindBadge(meta.kinds[row[KIND]])),
				make("td", { class: "number less" }, row[CONFIDENCE] < 0 ? "" : (row[CONFIDENCE] / 1000).toFixed(2)),
				make("td", { class: "subject" }, patchLink(row[ID], row[SUBJECT]),
					why && row[REASON] ? make("span", { class: "why" }, row[REASON]) : null));
		});
		return make("div", { class: "scroll" }, make("table", null, make("thead", null, make("tr", null,
			...head.map(function ([name, extra]) { return make("th", { scope: "col", class: extra }, name); }))), make("tbody", null, ...lines)));
	}

	/* Each run of lines of one owner begins with who that is. */
	function blameView(rows, file) {
		const subjects = new Map(rows.map(function (row) { return [row[ID], row[SUBJECT]]; }));
		const lines = file.text.replace(/\n$/, "").split("\n");
		const box = make("pre", { class: "diff blame", tabindex: "0", "aria-label": "lines and their owners" });
		let at = 0;
		for (const [patch, count] of file.runs)
			for (let i = 0; i < count; i++, at++) {
				const owner = i > 0 ? "" : patch > 0 ? patchLink(patch, String(patch)) : "base";
				if (i === 0 && patch > 0)
					owner.title = subjects.get(patch) || "";
				box.append(make("span", { class: patch > 0 ? "a" : null, id: "L" + (at + 1) }, make("b", null, owner),
					make("i", null, String(at + 1)), lines[at] || " "));
			}
		return [make("h2", null, "The owner of each line in the last revision"), box];
	}

	async function filePage(meta) {
		const path = decodeURIComponent(location.hash.slice(1));
		const content = byId("content");
		const shard = await load("file-" + shardOfPath(path, meta.fileShards)).catch(function () { return {}; });
		const ids = Object.hasOwn(shard, path) ? new Set(shard[path]) : new Set();
		const rows = (await loadList(meta, function () {})).filter(function (row) { return ids.has(row[ID]); });

		document.title = path + " · ksig";
		content.replaceChildren(make("p", { class: "over" }, "File"), make("h1", { class: "path" }, path || "No file named"),
			make("p", { class: "lead" }, number.format(rows.length) + (rows.length === 1 ? " patch changes" : " patches change") + " this file."), patchTable(meta, rows));
		const blame = shardOfPath(path, meta.blameShards);
		const files = meta.blame.includes(blame) ? await load("blame-" + blame) : {};
		if (Object.hasOwn(files, path))
			content.append(...blameView(rows, files[path]));
		else if (rows.length > 0)
			content.append(make("p", { class: "note" }, "Whose each line is, ", make("code", null, "ksig why " + path), " tells, and this page after ",
				make("code", null, "ksig export site --blame=" + path), "."));
	}

	/* ---- two revisions ---- */

	function compareRows(rows, from, to) {
		const at = function (row, position) { return row[INTRODUCED] <= position && (row[DROPPED] < 0 || row[DROPPED] > position); };
		const low = Math.min(from, to), high = Math.max(from, to);
		return {
			added: rows.filter(function (row) { return !at(row, from) && at(row, to); }),
			dropped: rows.filter(function (row) { return at(row, from) && !at(row, to); }),
			reworked: rows.filter(function (row) {
				return at(row, from) && at(row, to) && row[REWORKED].some(function (p) { return p > low && p <= high; });
			}),
		};
	}

	async function comparePage(meta) {
		const last = meta.revisions.length - 1;
		const labels = labelsOf(meta);
		const rows = await loadList(meta, function () {});
		const LIMIT = 500;
		const texts = new Map(rows.map(function (row) { return [row, textOf(meta, row)]; }));
		const fields = ["q", "kind", "source", "subsystem"];

		fillSelect(byId("kind"), meta.kinds, "any kind");
		fillSelect(byId("source"), meta.sources, "any source");
		fillSelect(byId("subsystem"), [...meta.subsystems].sort(), "any subsystem");
		for (const id of ["from", "to"])
			meta.revisions.forEach(function (revision, index) { byId(id).append(make("option", { value: String(index) }, revision.label)); });
		function draw() {
			const [range, ...rest] = location.hash.slice(1).split("&");
			const hash = new URLSearchParams(rest.join("&"));
			const filter = filterOf(meta, hash);
			const [one, other] = range.split("..").map(function (label) { return labels.indexOf(decodeURIComponent(label)); });
			const from = one >= 0 ? one : Math.max(0, last - 1);
			const to = other >= 0 ? other : last;
			const found = compareRows(rows.filter(function (row) { return matches(row, texts.get(row), filter); }), from, to);
			for (const field of fields)
				if (byId(field).value !== (hash.get(field) || ""))
					byId(field).value = hash.get(field) || "";
			byId("from").value = String(from);
			byId("to").value = String(to);
			byId("content").replaceChildren(...Object.entries(found).flatMap(function ([name, list]) {
				return [make("h2", null, number.format(list.length) + " " + name),
					list.length > 0 ? patchTable(meta, list.slice(0, LIMIT), name === "dropped") : null,
					list.length > LIMIT ? make("p", null, "The first " + LIMIT + " are shown.") : null];
			}).filter(Boolean));
		}
		function choose() {
			const hash = new URLSearchParams();
			for (const field of fields)
				if (byId(field).value)
					hash.set(field, byId(field).value);
			const range = encodeURIComponent(labels[byId("from").value]) + ".." + encodeURIComponent(labels[byId("to").value]);
			history.replaceState(null, "", "#" + range + (hash.size > 0 ? "&" + hash : ""));
			draw();
		}
		for (const field of fields)
			byId(field).addEventListener("input", choose);
		byId("from").addEventListener("change", choose);
		byId("to").addEventListener("change", choose);
		window.addEventListener("hashchange", draw);
		draw();
	}

	/* ---- a revision: its changelog beside its code ---- */

	function table(head, rows) {
		return make("div", { class: "scroll" }, make("table", null, make("thead", null, make("tr", null,
			...head.map(function ([name, extra]) { return make("th", { scope: "col", class: extra }, name); }))), make("tbody", null, ...rows)));
	}

	/* The two sides of one subsystem, made when they are asked for. */
	function bothSides(row) {
		const entries = row.open.map(function ([id, release, text]) {
			return make("li", { id: "entry-" + id }, text, release ? make("span", { class: "why" }, release) : null);
		});
		const changes = row.changes.map(function ([id, added, removed, subject]) {
			return make("li", null, patchLink(id, subject), make("span", { class: "why" }, "patch " + id + ", +" + number.format(added) + " −" + number.format(removed)));
		});
		const side = function (title, items) {
			return make("div", null, make("h4", null, title), items.length > 0 ? make("ul", { class: "plain" }, ...items) : make("p", null, "None."));
		};
		return make("div", { class: "sides" }, side("Entries without code", entries), side("Changes without an entry", changes));
	}

	function accountRow(row) {
		const told = row.entries > 0 ? (100 * (row.upstream + row.others) / row.entries).toFixed(1) + " %" : "";
		const element = make("details", { class: "account" }, make("summary", null,
			make("span", { class: "name" }, row.subsystem || "(none named)"),
			make("span", { class: "number" }, number.format(row.openEntries) + (row.openEntries === 1 ? " entry" : " entries")),
			make("span", { class: "number" }, number.format(row.openChanges) + (row.openChanges === 1 ? " change" : " changes")),
			make("span", { class: "number less" }, number.format(row.lines) + " lines"),
			make("span", { class: "number less" }, told ? told + " of " + number.format(row.entries) + " accounted for" : "no entry")));
		element.fill = function () {
			if (element.children.length === 1)
				element.append(bothSides(row));
		};
		element.addEventListener("toggle", element.fill);
		return element;
	}

	function pairTable(pairs) {
		if (pairs === null)
			return make("p", { class: "note" }, "Which of them may belong together is not known: ",
				make("code", null, "ksig export site --pairs"), " looks.");
		if (pairs.length === 0)
			return make("p", null, "No entry names a function or symbol that one of these changes touches.");
		return table([["changelog"], ["may be"], ["both name"], ["subsystem"]], pairs.map(function ([patch, entry, subsystem, subject, release, text, why]) {
			return make("tr", null, make("td", { class: "subject" }, make("a", { href: "#entry-" + entry }, text), make("span", { class: "why" }, release)),
				make("td", { class: "subject" }, patchLink(patch, subject), make("span", { class: "why" }, "patch " + patch)),
				make("td", { class: "id" }, why), make("td", null, subsystem));
		}));
	}

	async function revisionPage() {
		const place = byId("account");
		if (!place)
			return;
		const account = await load(place.dataset.shard);
		const open = account.rows.filter(function (row) { return row.openEntries + row.openChanges > 0; });
		const elements = open.map(accountRow);
		/* #entry-17 is in the list of a subsystem that nobody opened yet. */
		const seek = function () {
			const wanted = /^#entry-(\d+)$/.exec(location.hash);
			const at = wanted ? open.findIndex(function (row) { return row.open.some(function (entry) { return entry[0] === Number(wanted[1]); }); }) : -1;
			if (at < 0)
				return;
			elements[at].fill();
			elements[at].open = true;
			const entry = byId("entry-" + wanted[1]);
			for (const other of place.querySelectorAll("li.current"))
				other.classList.remove("current");
			entry.classList.add("current");
			entry.scrollIntoView({ block: "center" });
		};
		place.append(make("h3", null, "Likely pairs"), pairTable(account.pairs),
			make("h3", null, number.format(open.length) + " subsystems with something open on a side"), make("div", { class: "accounts" }, ...elements));
		window.addEventListener("hashchange", seek);
		seek();
	}

	/* ---- beginning ---- */

	function theme() {
		const root = document.documentElement;
		const button = byId("theme");
		let chosen = null;
		try {
			chosen = localStorage.getItem("ksig-theme");
		} catch (error) {
			chosen = null; /* a page from a file system may have no storage */
		}
		if (chosen === "light" || chosen === "dark")
			root.dataset.theme = chosen;
		button.hidden = false;
		button.addEventListener("click", function () {
			const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
			root.dataset.theme = dark ? "light" : "dark";
			try {
				localStorage.setItem("ksig-theme", root.dataset.theme);
			} catch (error) {
				return;
			}
		});
	}

	const pages = { list: listPage, patch: patchPage, file: filePage, compare: comparePage, revision: revisionPage };
	theme();
	const page = pages[document.body.dataset.page];
	if (page) {
		const start = function () { load("meta").then(page).catch(fail); };
		if (page === patchPage || page === filePage)
			window.addEventListener("hashchange", start);
		start();
	}
})();
