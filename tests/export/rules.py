#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Rules of the formats that memtrace exports to, by readers that have nothing of memtrace.

usage: rules.py chrome FILE RECORDING | csv FILE RECORDING TABLE | folded FILE RECORDING
       | jsonl FILE RECORDING
Prints what is wrong; nothing: all is well. RECORDING is read with sqlite3.
"""

import csv
import io
import json
import re
import sqlite3
import sys
from decimal import Decimal

problems = []


def wrong(text):
    if len(problems) < 20:
        problems.append(text)


def no_duplicates(pairs):
    keys = [k for k, _ in pairs]
    if len(set(keys)) != len(keys):
        wrong(f"a key twice: {keys}")
    return dict(pairs)


def no_constant(name):
    wrong(f"{name} is no JSON")


def parse(text):
    return json.loads(
        text, parse_float=Decimal, object_pairs_hook=no_duplicates, parse_constant=no_constant
    )


# Trace Event Format, "JSON Object Format": metadata events and the argument each must have.
METADATA = {
    "process_name": ("name", str),
    "process_labels": ("labels", str),
    "process_sort_index": ("sort_index", int),
    "thread_name": ("name", str),
    "thread_sort_index": ("sort_index", int),
}


def number(value):
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def event_has(e):
    for key, kind in (("ph", str), ("name", str), ("pid", int), ("tid", int)):
        if not isinstance(e.get(key), kind):
            wrong(f"{key} is missing: {e}")
            return False
    if not number(e.get("ts")) or e["ts"] < 0:
        wrong(f"no ts: {e}")
        return False
    if "cat" in e and not isinstance(e["cat"], str):
        wrong(f"cat is no text: {e}")
    if not isinstance(e.get("args", {}), dict):
        wrong(f"args is no object: {e}")
        return False
    return True


def phase_complete(e):
    if not number(e.get("dur")) or e["dur"] < 0:
        wrong(f"X without dur: {e}")
        e["dur"] = 0


def phase_instant(e):
    if e.get("s", "t") not in ("g", "p", "t"):
        wrong(f"scope: {e}")


def phase_counter(e):
    if not e.get("args") or not all(number(v) for v in e["args"].values()):
        wrong(f"C without numbers: {e}")


def phase_metadata(e):
    key, kind = METADATA.get(e["name"], (None, None))
    if not key or not isinstance(e["args"].get(key), kind):
        wrong(f"metadata: {e}")


PHASES = {"X": phase_complete, "i": phase_instant, "C": phase_counter, "M": phase_metadata}


def nest(track, events):
    """Slices of one thread nest; returns the children of each."""
    children = {}
    stack = []
    for e in sorted(events, key=lambda e: (e["ts"], -e["dur"])):
        end = e["ts"] + e["dur"]
        while stack and stack[-1]["ts"] + stack[-1]["dur"] <= e["ts"]:
            stack.pop()
        if stack and end > stack[-1]["ts"] + stack[-1]["dur"]:
            wrong(f"track {track}: {e} ends after {stack[-1]}")
        if stack:
            children.setdefault(id(stack[-1]), []).append(e)
        stack.append(e)
    return children


def causes_add_up(events, children):
    for e in events:
        if e.get("cat") != "stall":
            continue
        causes = [c for c in children.get(id(e), []) if c.get("cat") == "cause"]
        total = sum(c["dur"] for c in causes)
        whole = e["dur"] * 1000 == e["args"]["duration_ns"]
        if total > e["dur"] or (causes and whole and total != e["dur"]):
            wrong(f"causes add up to {total}: {e}")


def chrome(path, db):
    with open(path, encoding="utf-8", errors="strict") as f:
        trace = parse(f.read())
    if trace.get("displayTimeUnit") not in ("ms", "ns"):
        wrong("displayTimeUnit")
    if not isinstance(trace.get("otherData"), dict):
        wrong("otherData")
    events = [e for e in trace["traceEvents"] if event_has(e)]
    for e in events:
        PHASES.get(e["ph"], lambda e: wrong(f"unknown phase: {e}"))(e)
    tracks, counters, named = {}, {}, set()
    for e in events:
        if e["ph"] == "X":
            tracks.setdefault((e["pid"], e["tid"]), []).append(e)
        elif e["ph"] == "C":
            last = counters.get((e["pid"], e["name"]), Decimal(-1))
            if e["ts"] <= last:
                wrong(f"a counter goes back in time: {e}")
            counters[(e["pid"], e["name"])] = e["ts"]
        elif e["ph"] == "M" and e["name"] in ("process_name", "thread_name"):
            named.add((e["pid"], e["tid"]) if e["name"] == "thread_name" else e["pid"])
    for e in events:
        if e["pid"] not in named:
            wrong(f"a process without a name: {e}")
        if e["ph"] in "Xi" and (e["pid"], e["tid"]) not in named:
            wrong(f"a thread without a name: {e}")
    for track, slices in tracks.items():
        causes_add_up(slices, nest(track, slices))
    for cat, table in (("stall", "stall"), ("fault", "fault"), ("oom", "oom_kill")):
        have = sum(1 for e in events if e.get("cat") == cat)
        want = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        if have != want:
            wrong(f"{have} of {want} {table}")


def rfc4180(data):
    """Records of CSV text, by the grammar of RFC 4180 alone."""
    records, record, i = [], [], 0
    while i < len(data):
        if data[i] == '"':
            field, i = "", i + 1
            while True:
                end = data.index('"', i)
                field += data[i:end]
                i = end + 1
                if data[i : i + 1] != '"':
                    break
                field, i = field + '"', i + 1
        else:
            end = re.compile(r"[,\r\n]").search(data, i).start()
            field, i = data[i:end], end
            if '"' in field:
                wrong(f"a quote in a field without quotes: {field}")
        record.append(field)
        if data[i : i + 1] == ",":
            i += 1
        elif data[i : i + 2] == "\r\n":
            records.append(record)
            record, i = [], i + 2
        else:
            wrong(f"neither comma nor CRLF: {data[i : i + 20]!r}")
            return records
    if record:
        wrong("no CRLF at the end")
    return records


HOSTILE = "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"


def shown(value):
    """A text as the CSV has it."""
    data = value if isinstance(value, bytes) else value.encode()
    text = data.decode(errors="surrogateescape")
    text = re.sub("[\udc80-\udcff]", lambda m: f"\\x{ord(m[0]) - 0xDC00:02x}", text)
    text = re.sub(
        HOSTILE,
        lambda m: f"\\x{ord(m[0]):02x}" if ord(m[0]) < 0x80 else f"\\u{{{ord(m[0]):x}}}",
        text,
    )
    return "'" + text if text[:1] in ("=", "+", "-", "@") else text


def columns_of(db, table):
    """SQL that has what the CSV has, by its name: of a task those of its thread, and paths."""
    columns = {f"t.{n}": n for _, n, *_ in db.execute(f"PRAGMA table_info({table})")}
    return {n: c for c, n in columns.items() if n not in ("seq", "thread")}


def csv_rows(db, table, header):
    have = columns_of(db, table)
    joins = ""
    if "thread" in [r[1] for r in db.execute(f"PRAGMA table_info({table})")]:
        joins = " LEFT JOIN thread h ON h.id = t.thread"
        have.update({n: f"h.{n}" for n in ("pid", "tid", "comm", "uid")})
    if db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table + "_more",)).fetchone():
        joins += f" LEFT JOIN {table}_more m ON m.seq = t.seq"
    both = [n for n in header if n in have and n not in ("shrinker_callback",)]
    sql = ", ".join(f'{have[n].split(".")[0]}."{n}"' for n in both)
    return both, db.execute(f"SELECT {sql} FROM {table} t{joins} ORDER BY t.seq").fetchall()


def same(value, text):
    if value is None:
        return text == ""
    if isinstance(value, (str, bytes)):
        return text == shown(value)
    if re.fullmatch(r"-?[0-9]+", text):
        return int(text) % 2**64 == value % 2**64
    if text.startswith("0x"):
        return int(text, 16) == value % 2**64
    return text != "" or value == 0  # a name for a number: the views test those


def check_csv(path, db, table):
    with open(path, encoding="utf-8", errors="strict", newline="") as f:
        data = f.read()
    records = rfc4180(data)
    if records != list(csv.reader(io.StringIO(data, newline=""), strict=True)):
        wrong("Python's csv reads something else")
    header, rows = records[0], records[1:]
    if len(set(header)) != len(header):
        wrong(f"a column twice: {header}")
    for r in rows:
        if len(r) != len(header):
            wrong(f"{len(r)} fields, not {len(header)}: {r}")
        if any(re.search(HOSTILE, field) for field in r):
            wrong(f"control characters: {r}")
    names, want = csv_rows(db, table, header)
    if len(rows) != len(want):
        wrong(f"{table}: {len(rows)} rows, not {len(want)}")
    untimed = header.index("duration_ns") if table == "fault" else None
    for r, w in zip(rows, want):
        for name, value in zip(names, w):
            text = r[header.index(name)]
            if untimed is not None and not r[untimed] and name in ("duration_ns", "away_ns"):
                continue
            if name.startswith("causes_") and not text:
                continue  # not known
            if name == "file" and text.startswith(("/", "")):
                continue  # better known by its path
            if not same(value, text):
                wrong(f"{table}.{name}: {text!r} is not {value!r}")
    cgroups(db, table, header, rows)


def cgroups(db, table, header, rows):
    if table != "stall":
        return
    view = db.execute("SELECT kind, cgroup, target_cgroup FROM stalls ORDER BY seq").fetchall()
    for r, w in zip(rows, view):
        have = [r[header.index(n)] for n in ("kind", "cgroup", "target_cgroup")]
        if have != ["" if v is None else shown(v) for v in w]:
            wrong(f"{have} is not {w}")


def folded(path, db):
    total = 0
    with open(path, encoding="utf-8", errors="strict") as f:
        for line in f:
            m = re.fullmatch(r"([^ ;]+)_\[(stall|major)\]((?:;[^ ;]+)+) ([1-9][0-9]*)\n", line)
            if not m or re.search(HOSTILE, line[:-1]):
                wrong(f"no folded stack: {line!r}")
            elif m[2] == "stall":
                total += int(m[4])
    want = db.execute("SELECT total(ms) FROM stalls WHERE kind <> 'proactive'").fetchone()[0]
    if abs(total - want * 1000) > max(10, want):
        wrong(f"stalls add up to {total} us, not {want} ms")


def jsonl(path, db):
    types = {}
    with open(path, encoding="utf-8", errors="strict") as f:
        lines = f.read().split("\n")
    if lines.pop() != "":
        wrong("no newline at the end")
    for line in lines:
        o = parse(line)
        if next(iter(o)) != "type":
            wrong(f"type is not first: {line}")
        types[o["type"]] = types.get(o["type"], 0) + 1
    if parse(lines[-1])["type"] != "summary" or types["summary"] != 1:
        wrong("the summary is not last")
    for table in types:
        if table in ("summary", "task"):
            continue
        want = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        if types[table] != want:
            wrong(f"{types[table]} of {want} {table}")


def main():
    what, path, recording, *table = sys.argv[1:]
    db = sqlite3.connect(f"file:{recording}?mode=ro", uri=True)
    db.text_factory = lambda data: data.decode(errors="surrogateescape")
    {"chrome": chrome, "csv": check_csv, "folded": folded, "jsonl": jsonl}[what](path, db, *table)
    print("\n".join(problems))


main()
