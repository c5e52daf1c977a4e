#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Looks at a bench's report in a browser: report.py REPORT.html BENCH.json [--pictures DIR]

It renders (light, dark and on paper), complains of nothing, asks the network for nothing, and its
pictures and tables say what the JSON says: bars are measured in pixels against their axes.
"""
import json
import math
import os
import re
import sys

from chromium import Browser

VIEWS = [("light", 1100, "light", "screen"), ("dark", 1100, "dark", "screen"),
         ("narrow", 420, "light", "screen"), ("paper", 794, "light", "print")]
WORK = ["user", "nice", "system", "softirq", "irq", "steal"]
# What is read out of the page: all in one question.
LOOK = r"""
(() => {
  const box = (element) => {
    const {x, y, width, height} = element.getBoundingClientRect();
    return {x, y, width, height};
  };
  const texts = (root, selector) => [...root.querySelectorAll(selector)].map((e) => e.textContent);
  const charts = [...document.querySelectorAll('svg')].map((svg) => ({
    name: svg.dataset.chart, box: box(svg),
    texts: [...svg.querySelectorAll('text')].map((t) => ({text: t.textContent, box: box(t)})),
    ticks: [...svg.querySelectorAll('text.tick')].map(
        (t) => ({text: t.textContent, x: box(t).x + box(t).width / 2})),
    bars: [...svg.querySelectorAll('g[data-key]')].map((g) => ({
      key: g.dataset.key, note: texts(g, ':scope > text').at(-1),
      rects: [...g.querySelectorAll('rect')].map(
          (r) => ({box: box(r), style: r.getAttribute('class'), fill: getComputedStyle(r).fill})),
      whisker: [...g.querySelectorAll('path')].map(box)[0] ?? null,
      circle: [...g.querySelectorAll('circle')].map(box)[0] ?? null,
    })),
  }));
  const tables = [...document.querySelectorAll('table')].map((table) => ({
    header: texts(table, 'th'),
    rows: [...table.querySelectorAll('tbody tr')].map((row) => texts(row, 'td')),
    box: box(table),
  }));
  return {
    title: document.title, answer: texts(document, '.answer p'), text: document.body.innerText,
    scripts: document.scripts.length, charts, tables, width: document.documentElement.scrollWidth,
    paper: getComputedStyle(document.body).backgroundColor,
    ink: getComputedStyle(document.body).color,
    muted: getComputedStyle(document.querySelector('.muted')).color,
  };
})()
"""

faults = []


def expect(condition, what):
    if not condition:
        faults.append(what)


def near(what, got, wanted, tolerance):
    expect(abs(got - wanted) <= tolerance,
           f"{what}: the page says {got:.4g}, the JSON {wanted:.4g}")


def axis(chart, value_of=float):
    """Pixels to values, by the first and the last tick."""
    ticks = [(value_of(t["text"]), t["x"]) for t in chart["ticks"]]
    (first, left), (last, right) = ticks[0], ticks[-1]
    per_pixel = (last - first) / (right - left)
    for value, x in ticks:
        near(f"{chart['name']}: tick {value}", first + (x - left) * per_pixel, value, 2 * per_pixel)
    return lambda x: first + (x - left) * per_pixel, abs(per_pixel)


def bars_of(look, name):
    return {bar["key"]: (bar, chart) for chart in look["charts"] if chart["name"] == name
            for bar in chart["bars"]}


def has(figure):
    return not (isinstance(figure, dict) and "not_available" in figure)


def check_bars(look, name, wanted):
    """wanted: by key the total of the bar, or None where there is to be none."""
    bars = bars_of(look, name)
    expect(bars.keys() == wanted.keys(), f"{name}: bars of {sorted(bars)}, not of {sorted(wanted)}")
    for key, total in wanted.items():
        if key not in bars:
            continue
        bar, chart = bars[key]
        if total is None:
            expect(not bar["rects"] and bar["note"], f"{name} {key}: a bar without a figure")
            continue
        value, pixel = axis(chart)
        right = max((r["box"]["x"] + r["box"]["width"] for r in bar["rects"]), default=0)
        near(f"{name} {key}", value(right) if bar["rects"] else 0, total, 1.5 * pixel)
        if bar["rects"]:
            near(f"{name} {key} begins", value(bar["rects"][0]["box"]["x"]), 0, 1.5 * pixel)


def check_throughput(look, model):
    wanted = {}
    for cell in model["cells"]:
        figure = cell.get("throughput_gbit_per_s", {"not_available": ""})
        measured = cell["status"] == "measured" and has(figure)
        wanted[str(cell["id"])] = figure["mean"] if measured else None
    check_bars(look, "throughput", wanted)
    for key, (bar, chart) in bars_of(look, "throughput").items():
        if wanted.get(key) is None:
            continue
        figure = model["cells"][int(key)]["throughput_gbit_per_s"]
        value, pixel = axis(chart)
        near(f"whisker {key}", value(bar["whisker"]["x"]), figure["least"], 2 * pixel)
        near(f"whisker {key}", value(bar["whisker"]["x"] + bar["whisker"]["width"]), figure["most"],
             2 * pixel)
        near(f"figure {key}", float(bar["note"]), figure["mean"], 0.0051)


def check_cpu(look, model):
    wanted = {}
    for cell in model["cells"]:
        if cell["status"] != "measured":
            continue
        if isinstance(cell["cpu_by_core"], list):
            parts = {str(core["cpu"]): core for core in cell["cpu_by_core"]}
        else:
            parts = {side: cell["cpu_percent"][f"{side}_process"]
                     for side in ("sender", "receiver")}
        for part, percent in parts.items():
            kinds = [percent[kind] for kind in WORK if kind in percent]
            wanted[f"{cell['id']}/{part}"] = sum(kinds) if all(map(has, kinds)) else None
    check_bars(look, "cpu", wanted)
    # Kinds of one stack can be told apart, by what is painted.
    for key, (bar, _) in bars_of(look, "cpu").items():
        fills = [r["fill"] for r in bar["rects"]]
        expect(len(set(fills)) == len(fills), f"cpu {key}: two kinds of one colour: {fills}")


def check_roi(look, model):
    wanted = {str(cell["id"]): cell["roi"]["total"] for cell in model["cells"]
              if cell["status"] == "measured"}
    check_bars(look, "roi", {key: roi if has(roi) else None for key, roi in wanted.items()})


def check_ratios(look, model):
    verdicts = {f"{v['cell']}/{v['against']}": v["throughput"]
                for group in ("against_baseline", "by_axis") for v in model["verdicts"][group]
                if "ratio" in v["throughput"]}
    marks = bars_of(look, "ratios")
    expect(marks.keys() == verdicts.keys(),
           f"verdicts of {sorted(marks)}, not of {sorted(verdicts)}")
    for key in marks.keys() & verdicts.keys():
        mark, chart = marks[key]
        value, pixel = axis(chart, lambda text: math.log(float(text.rstrip("×"))))
        circle, interval = mark["circle"], mark["whisker"]
        for name, x in (("ratio", circle["x"] + circle["width"] / 2), ("low", interval["x"]),
                        ("high", interval["x"] + interval["width"])):
            # The axis ends at a thousandth.
            wanted = math.log(max(verdicts[key][name], 1e-3))
            near(f"{name} of {key}, as a logarithm", value(x), wanted, 2 * pixel)


def check_figures_table(look, model):
    table = next(t for t in look["tables"] if "CPU s/GB" in t["header"])
    measured = [cell for cell in model["cells"] if cell["status"] == "measured"]
    expect(len(table["rows"]) == len(measured), "the table of figures lacks cells")
    at = {name: table["header"].index(name) for name in ("Gbit/s", "CPU % all", "CPU s/GB")}
    for row, cell in zip(table["rows"], measured):
        expect(row[:2] == [cell["way"], cell["setting"]], f"row {row[:2]} is not cell {cell['id']}")
        for name, figure, tolerance in (("Gbit/s", cell["throughput_gbit_per_s"], 0.0051),
                                        ("CPU % all", cell["cpu_percent"]["busy"]["total"], 0.51),
                                        ("CPU s/GB", cell["cpu_seconds_per_gigabyte"], 0.0051)):
            shown = row[at[name]].split(" ")[0]
            if has(figure):
                near(f"{name} of cell {cell['id']}", float(shown), figure["mean"], tolerance)
            else:
                expect(shown == "–", f"{name} of cell {cell['id']}: {shown} for no figure")


def check_words(look, model):
    expect(look["answer"] == model["answer"], "the answer is not that of the JSON")
    for group in model["verdicts"].values():
        for verdict in group:
            expect(verdict["words"] in look["text"], "a verdict is missing: " + verdict["words"])
    for cell in model["cells"]:
        expect(cell["reason"] in look["text"], f"cell {cell['id']}: its reason is missing")
    for name in model["not_measured"]:
        expect(name in look["text"], f"{name} is not said to be missing")
    expect(f"--seed {model['bench']['seed']}" in look["text"], "how to repeat it lacks the seed")


def check_layout(look, width, what):
    expect(look["scripts"] == 0, f"{what}: a script in the page")
    expect(look["width"] <= width, f"{what}: {look['width']} pixels wide, in a window of {width}")
    for chart in look["charts"]:
        box = chart["box"]
        expect(box["width"] > 200 and box["height"] > 40, f"{what}: {chart['name']} is {box}")
        for text in chart["texts"]:
            inside = (text["box"]["x"] >= box["x"] - 1 and
                      text["box"]["x"] + text["box"]["width"] <= box["x"] + box["width"] + 1)
            expect(inside, f"{what}: '{text['text']}' sticks out of {chart['name']}")
        for bar in chart["bars"]:
            for rect in bar["rects"]:
                expect(contrast(rect["fill"], look["paper"]) > 1.4,
                       f"{what}: {rect['style']} {rect['fill']} can't be seen on {look['paper']}")
    if what == "paper":
        for table in look["tables"]:
            expect(table["box"]["x"] + table["box"]["width"] <= width,
                   f"{what}: the table of {table['header'][:3]} is cut off")
    for name in ("ink", "muted"):
        expect(contrast(look[name], look["paper"]) >= 4.5, f"{what}: {name} is hard to read")


def contrast(one, other):
    """As WCAG 2 reckons it, from 1 to 21."""
    def luminance(colour):
        channels = [int(c) / 255 for c in re.findall(r"\d+", colour)[:3]]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def main():
    html, bench = sys.argv[1:3]
    pictures = sys.argv[4] if "--pictures" in sys.argv else None
    with open(bench) as file:
        model = json.load(file)
    looks = {}
    with Browser() as browser:
        for name, width, scheme, media in VIEWS:
            page = browser.open(html, width, scheme, media)
            looks[name] = page.evaluate(LOOK)
            for complaint in page.complaints():
                expect(False, f"{name}: {complaint}")
            check_layout(looks[name], width, name)
            if pictures:
                page.screenshot(os.path.join(pictures, name + ".png"))
        pages = len(re.findall(rb"/Type\s*/Page\b", page.pdf()))
        expect(pages >= 1, "nothing comes out on paper")
    light = looks["light"]
    expect(light["paper"] != looks["dark"]["paper"], "dark is as light")
    for check in (check_words, check_throughput, check_cpu, check_roi, check_ratios,
                  check_figures_table):
        check(light, model)
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(light['charts'])} pictures, {pages} pages on paper, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
