/*
Copyright (c) 2026, csp.partnercenter contributors
GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later

The table of users: sorts, filters, shows some rows at a time. All text goes in as text, never as HTML.
Which columns there are, and how each is shown, stands in the data. A row is a number: its place in the values of a column.
The address keeps filters and order (#outcome=rejected&customer=...), so that the rest of the page can link to them.
*/
"use strict";

(() => {
  const PAGE_SIZES = [50, 100, 250, 500];
  const PRINTED_ROWS = 1000;
  const DAY = 86400000;
  const data = JSON.parse(document.getElementById("data").textContent);
  const now = Date.parse(data.now);
  const collator = new Intl.Collator("en", {numeric: true, sensitivity: "base"});

  /* The rows come in the order of urgency. */
  const rows = Array.from({length: data.rows}, (_, row) => row);
  const unpacked = (packed) => Array.isArray(packed) ? packed : packed.at.map((place) => packed.of[place]);
  const values = Object.fromEntries(Object.entries(data.values).map(([key, packed]) => [key, unpacked(packed)]));
  const needs = unpacked(data.needs);
  const fresh = new Set(data.new);

  const OUTCOMES = Object.keys(data.outcomes);
  const ALL = data.columns;
  const COLUMNS = ALL.filter((column) => !column.below);
  const NEEDS = {"": "all users", human: "need a human", new: "new since the run before", ...data.kinds, overdue: "overdue"};

  const count = (value) => value.toLocaleString("en");
  const minute = (stamp) => stamp.slice(0, 16).replace("T", " ");
  const said = (column, code) => Object.hasOwn(column.words, code) ? column.words[code] : code;
  const value = (column, row) => values[column.key][row];
  const isTime = (column) => ["time", "due", "since"].includes(column.shown);
  const words = (column, row) => isTime(column) ? minute(value(column, row)) : said(column, value(column, row));

  function element(tag, properties = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name in made) {
        made[name] = value;
      } else {
        made.setAttribute(name, value);
      }
    }
    made.append(...children);
    return made;
  }

  /* A principal name may break at its "@". */
  function name(text) {
    const [first, ...others] = text.split("@");
    return element("span", {}, first, ...others.flatMap((part) => [document.createElement("wbr"), `@${part}`]));
  }

  const due = ALL.filter((column) => column.shown === "due");
  const isOverdue = (row) => due.some((column) => value(column, row) !== "" && Date.parse(value(column, row)) < now);
  const state = {filters: {}, sort: "", ascending: true, page: 0, size: PAGE_SIZES[0], shown: rows};

  /* Filters */

  const texts = [];

  /* Made when it is first searched for. */
  function text(row) {
    return texts[row] ??= ALL.map((column) => words(column, row)).join("\n").toLowerCase();
  }

  const SHOWN_NEEDS = {
    human: (row) => needs[row] !== "", new: (row) => fresh.has(row), overdue: isOverdue,
  };
  const FILTERS = {
    search: (row, value) => value.toLowerCase().split(/\s+/).every((word) => text(row).includes(word)),
    needs: (row, value) => Object.hasOwn(SHOWN_NEEDS, value) ? SHOWN_NEEDS[value](row) : needs[row] === value,
  };
  for (const {key, choices} of ALL) {
    if (choices) {
      FILTERS[key] = (row, value) => values[key][row] === value;
    }
  }
  FILTERS.outcome = (row, value) => (data.groups[value] || [value]).includes(values.outcome[row]);

  const active = () => Object.entries(state.filters).filter(([, value]) => value !== "");

  function matching() {
    const asked = active();
    return rows.filter((row) => asked.every(([name, value]) => FILTERS[name](row, value)));
  }

  /* Each different value is compared once; what is empty comes last in both directions. */
  const ranks = {};

  function ranksOf(column) {
    if (!ranks[column.key]) {
      const distinct = [...new Set(values[column.key])].filter((one) => one !== "");
      const order = (a, b) => column.shown === "outcome" ? OUTCOMES.indexOf(a) - OUTCOMES.indexOf(b) :
        isTime(column) ? (a > b) - (a < b) : collator.compare(said(column, a), said(column, b));
      ranks[column.key] = new Map(distinct.sort(order).map((one, place) => [one, place]));
    }
    return ranks[column.key];
  }

  function inOrder(shown) {
    const column = COLUMNS.find((one) => one.key === state.sort);
    if (!column) {
      return shown;
    }
    const [places, sign] = [ranksOf(column), state.ascending ? 1 : -1];
    const place = (row) => sign * (places.get(values[column.key][row]) ?? sign * Infinity);
    return shown.sort((a, b) => {
      const [left, right] = [place(a), place(b)];
      return left === right ? a - b : left - right;
    });
  }

  /* Elements */

  const controls = {};

  function field(name, label, control) {
    return element("div", {className: `field ${name}`}, element("label", {htmlFor: control.id}, label), control);
  }

  function select(name, label, options) {
    const made = element("select", {id: `filter-${name}`});
    made.append(...options.map(([value, text]) => element("option", {value}, text)));
    controls[name] = made;
    made.addEventListener("change", () => filter(name, made.value));
    return field(name, label, made);
  }

  function choices(column) {
    const present = [...ranksOf(column).keys()];
    const options = [["", column.choices], ...present.map((code) => [code, said(column, code)])];
    if (column.shown !== "outcome") {
      return options;
    }
    const named = present.some((outcome) => data.groups.would.includes(outcome)) ? "would" : "set";
    return [...options, [named, data.groups[named].map((code) => said(column, code)).join(" or ")]];
  }

  const search = element("input", {
    type: "search", id: "filter-search", placeholder: "name, id, error, date …", autocomplete: "off", spellcheck: false,
  });
  controls.search = search;
  let typing = 0;
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => filter("search", search.value.trim()), 120);
  });

  const sortBy = element("select", {id: "sort-by"});
  sortBy.append(element("option", {value: ""}, "urgency"));
  for (const column of COLUMNS) {
    sortBy.append(element("option", {value: `${column.key} up`}, `${column.title} ↑`));
    sortBy.append(element("option", {value: `${column.key} down`}, `${column.title} ↓`));
  }
  sortBy.addEventListener("change", () => {
    const [key, direction] = sortBy.value.split(" ");
    sort(key, direction !== "down");
  });

  const reset = element("button", {type: "button", className: "button"}, "Clear");
  reset.addEventListener("click", () => {
    state.filters = {};
    update();
    search.focus();
  });

  const filters = element("div", {className: "filters", role: "search", "aria-label": "Filter the users"},
    field("search", "Search", search),
    ...COLUMNS.filter((column) => column.choices).flatMap((column) => {
      const made = select(column.key, column.title, choices(column));
      return column.shown === "outcome" ? [select("needs", "Attention", Object.entries(NEEDS)), made] : [made];
    }),
    field("sort", "Sort by", sortBy),
    reset);

  const status = element("p", {role: "status"});
  const printed = element("p", {className: "print-only"});
  const size = element("select", {id: "page-size"});
  size.append(...PAGE_SIZES.map((value) => element("option", {value}, String(value))));
  size.addEventListener("change", () => {
    state.size = Number(size.value);
    state.page = 0;
    draw();
  });
  const save = element("button", {type: "button", className: "button"}, "Save as CSV");
  save.addEventListener("click", saveFiltered);
  const pagers = [];

  function pager(label) {
    const back = element("button", {type: "button", className: "button", "aria-label": "Previous page"}, "‹");
    const next = element("button", {type: "button", className: "button", "aria-label": "Next page"}, "›");
    const place = element("span");
    back.addEventListener("click", () => turn(-1));
    next.addEventListener("click", () => turn(1));
    pagers.push({back, next, place});
    return element("div", {className: "pager", role: "group", "aria-label": label}, back, place, next);
  }

  const head = element("tr", {role: "row"});
  for (const column of COLUMNS) {
    const button = element("button", {type: "button"}, column.title);
    button.addEventListener("click", () => sort(column.key, state.sort === column.key ? !state.ascending : true));
    column.cell = element("th", {scope: "col", role: "columnheader", className: column.key}, button);
    head.append(column.cell);
  }
  const body = element("tbody", {role: "rowgroup"});
  const table = element("table", {className: "users", role: "table"},
    element("caption", {}, "Users of this run. ",
      element("span", {className: "hint"}, "Press a heading to sort by it.")),
    element("thead", {role: "rowgroup"}, head), body);

  /* Cells: how each kind of column is shown */

  function age(stamp) {
    const days = Math.floor((now - Date.parse(stamp)) / DAY);
    return days < 0 ? "" : days === 0 ? "today" : days === 1 ? "1 day ago" : `${count(days)} days ago`;
  }

  function until(stamp) {
    const days = Math.ceil((Date.parse(stamp) - now) / DAY);
    return days > 0 ? (days === 1 ? "in 1 day" : `in ${count(days)} days`) : "overdue";
  }

  function time(stamp, note, className) {
    return [element("time", {dateTime: stamp}, stamp.slice(0, 10)),
      element("span", {className}, [stamp.slice(11, 16), note].filter(Boolean).join(" · "))];
  }

  const IN_CELL = {
    text: (text) => [element("span", {}, text)],
    name: (text) => [name(text)],
    outcome: (code, column) =>
      [element("span", {className: `badge ${data.outcomes[code] || ""}`}, said(column, code))],
    code: (code, column) => [said(column, code)],
    time: (stamp) => time(stamp, age(stamp), "sub"),
    due: (stamp) => time(stamp, until(stamp), Date.parse(stamp) < now ? "sub warn" : "sub"),
  };
  const BELOW = {
    text: (text) => [element("span", {className: "sub"}, text)],
    code: (code, column) => [element("span", {className: code in data.kinds ? "sub warn" : "sub"}, said(column, code))],
    since: (stamp, column, row) => [element("span", {className: "sub"},
      fresh.has(row) ? "new since the run before" : `failing since ${stamp.slice(0, 10)}, ${age(stamp)}`)],
  };
  const CLASSES = {code: "code", time: "when", due: "when"};

  function cell(column, row) {
    const content = value(column, row);
    const made = column.shown === "name" ? element("th", {scope: "row", role: "rowheader"}) :
      element("td", {role: "cell", className: CLASSES[column.shown] || ""});
    made.classList.add(column.key);
    made.setAttribute("data-label", column.title);
    if (content !== "") {
      made.append(...IN_CELL[column.shown](content, column, row));
    }
    const ids = [];
    for (const below of ALL.filter((one) => one.below === column.key && value(one, row) !== "")) {
      if (below.shown === "id") {
        ids.push(element("code", {}, `${below.title} ${value(below, row)}`));
      } else if (value(below, row) !== content) {
        made.append(...BELOW[below.shown](value(below, row), below, row));
      }
    }
    if (content !== "" && ids.length) {
      made.append(element("details", {className: "ids"}, element("summary", {}, "for a support ticket"), ...ids));
    }
    return made;
  }

  const line = (row) => element("tr", {role: "row"}, ...COLUMNS.map((column) => cell(column, row)));

  /* Actions */

  function draw(from = state.page * state.size, number = state.size) {
    body.replaceChildren(...state.shown.slice(from, from + number).map(line));
    const pages = Math.max(1, Math.ceil(state.shown.length / state.size));
    for (const {back, next, place} of pagers) {
      back.disabled = state.page === 0;
      next.disabled = state.page >= pages - 1;
      place.textContent = `page ${count(state.page + 1)} of ${count(pages)}`;
    }
    for (const column of COLUMNS) {
      column.cell.hidden = false;
      if (column.key === state.sort) {
        column.cell.setAttribute("aria-sort", state.ascending ? "ascending" : "descending");
      } else {
        column.cell.removeAttribute("aria-sort");
      }
    }
    sortBy.value = state.sort && `${state.sort} ${state.ascending ? "up" : "down"}`;
    status.textContent = state.shown.length === rows.length ?
      `${count(rows.length)} user${rows.length === 1 ? "" : "s"}` :
      `${count(state.shown.length)} of ${count(rows.length)} users`;
  }

  function update({address = true} = {}) {
    state.page = 0;
    state.shown = inOrder(matching());
    for (const [name, control] of Object.entries(controls)) {
      const value = state.filters[name] || "";
      if (control !== document.activeElement || control.value.trim() !== value) {
        control.value = value;
      }
    }
    if (address) {
      const order = state.sort ? [["sort", `${state.sort} ${state.ascending ? "up" : "down"}`]] : [];
      history.replaceState(null, "", `#${new URLSearchParams([...active(), ...order])}`);
    }
    draw();
  }

  function filter(name, value) {
    state.filters[name] = value;
    update();
  }

  function sort(key, ascending) {
    state.sort = key;
    state.ascending = ascending;
    update();
  }

  function turn(pages) {
    state.page += pages;
    draw();
    app.scrollIntoView({block: "start"});
  }

  function readAddress({scroll}) {
    if (!location.hash.includes("=")) {
      return;
    }
    const asked = new URLSearchParams(location.hash.slice(1));
    state.filters = Object.fromEntries([...asked].filter(([name]) => Object.hasOwn(FILTERS, name)));
    const [key, direction] = (asked.get("sort") || "").split(" ");
    [state.sort, state.ascending] = [COLUMNS.some((column) => column.key === key) ? key : "", direction !== "down"];
    update({address: false});
    if (scroll) {
      const section = document.getElementById("users");
      section.scrollIntoView({block: "start"});
      section.focus({preventScroll: true});
    }
  }

  /* A spreadsheet must take no cell for a formula: the rule of the CSV file. */
  function csv(text) {
    const line = text.replace(/\s+/g, " ");
    return `"${new RegExp(data.formula).test(line) ? "'" : ""}${line.replaceAll('"', '""')}"`;
  }

  function saveFiltered() {
    const lines = [ALL.map((column) => column.key).join(",")];
    lines.push(...state.shown.map((row) => ALL.map((column) => csv(value(column, row))).join(",")));
    const address = URL.createObjectURL(new Blob([`${lines.join("\n")}\n`], {type: "text/csv"}));
    element("a", {href: address, download: `${data.file}.csv`}).click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  }

  /* What is filtered, without columns that are empty. */
  function print() {
    draw(0, PRINTED_ROWS);
    for (const [place, column] of COLUMNS.entries()) {
      const cells = [...body.rows].map((row) => row.cells[place]);
      const empty = cells.every((one) => one.textContent === "");
      [column.cell, ...cells].forEach((one) => {
        one.hidden = empty;
      });
    }
    const chosen = active().map(([name, value]) => name === "search" ? `search ${value}` :
      `${name} ${controls[name].selectedOptions[0]?.textContent ?? value}`);
    const cut = state.shown.length > PRINTED_ROWS ? [`the first ${count(PRINTED_ROWS)} are printed; the CSV file has all`] : [];
    printed.textContent = [...chosen, ...cut].join("; ");
  }

  /* Smaller tables sort by what their cells say. */
  function sortable(one) {
    const cells = [...one.tHead.rows[0].cells];
    const value = (row, index) => {
      const text = row.cells[index].textContent.trim().replaceAll(",", "");
      return text === "–" ? -1 : text !== "" && !isNaN(text) ? Number(text) : text;
    };
    cells.forEach((cell, index) => {
      if ("plain" in cell.dataset) {
        return;
      }
      const button = element("button", {type: "button"}, cell.textContent);
      cell.replaceChildren(button);
      button.addEventListener("click", () => {
        const before = cell.getAttribute("aria-sort") || (cell.className === "number" ? "ascending" : "descending");
        const direction = before === "ascending" ? "descending" : "ascending"; // of figures the greatest first
        const sign = direction === "descending" ? -1 : 1;
        cells.forEach((other) => other.removeAttribute("aria-sort"));
        cell.setAttribute("aria-sort", direction);
        const lines = [...one.tBodies[0].rows];
        lines.sort((a, b) => {
          const [left, right] = [value(a, index), value(b, index)];
          return sign * (typeof left === "number" && typeof right === "number" ?
            left - right : collator.compare(left, right));
        });
        one.tBodies[0].replaceChildren(...lines);
        fold(one);
      });
    });
  }

  /* Shows the first rows of a long table, and a button for the others. */
  function fold(one) {
    const first = Number(one.dataset.first);
    const lines = [...one.tBodies[0].rows];
    lines.forEach((row, index) => {
      row.hidden = index >= first && !("open" in one.dataset);
    });
    if (lines.length <= first || one.dataset.folded) {
      return;
    }
    one.dataset.folded = "yes";
    const label = () => ("open" in one.dataset ? `Show the first ${first}` : `Show all ${count(lines.length)} customers`);
    const button = element("button", {type: "button", className: "button more-button"}, label());
    button.addEventListener("click", () => {
      one.toggleAttribute("data-open");
      button.textContent = label();
      fold(one);
    });
    const printed = `The first ${first} of ${count(lines.length)} customers; the others are in the CSV file.`;
    one.parentElement.after(element("p", {className: "bar"}, button), element("p", {className: "print-only"}, printed));
  }

  const app = document.getElementById("users-app");
  app.append(filters, element("div", {className: "bar"}, status, printed, save, pager("Pages")), table,
    element("div", {className: "bar"},
      element("div", {className: "page-size"}, element("label", {htmlFor: size.id}, "Rows on a page "), size), pager("Pages, again")));
  app.hidden = false;
  const customers = document.getElementById("customers-table");
  sortable(customers);
  fold(customers);
  update({address: false});
  readAddress({scroll: false});
  window.addEventListener("hashchange", () => readAddress({scroll: true}));
  window.addEventListener("beforeprint", print);
  window.addEventListener("afterprint", () => draw());
})();
