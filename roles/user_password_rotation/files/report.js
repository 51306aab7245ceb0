/*
Copyright (c) 2026, csp.partnercenter contributors
GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later

The table of users: sorts, filters, shows some rows at a time. All text goes in as text, never as HTML.
The address keeps the filters (#outcome=rejected&customer=...), so that the rest of the page can link to them.
*/
"use strict";

(() => {
  const PAGE_SIZES = [50, 100, 250, 500];
  const PRINTED_ROWS = 2000;
  const DAY = 86400000;
  const data = JSON.parse(document.getElementById("data").textContent);
  const now = Date.parse(data.now);
  const collator = new Intl.Collator("en", {numeric: true, sensitivity: "base"});

  /* The most urgent first. */
  const OUTCOMES = ["unknown", "rejected", "deferred", "excluded", "would_reset", "would_resume", "resumed", "applied", "unchanged"];
  const BADGES = {
    applied: "good", resumed: "good", would_reset: "good", would_resume: "good",
    deferred: "warn", rejected: "bad", unknown: "doubt",
  };
  const GROUPS = {set: ["applied", "resumed"], would: ["would_reset", "would_resume"]};
  const COLUMNS = [
    {key: "customer", label: "Customer"},
    {key: "user", label: "User"},
    {key: "outcome", label: "Outcome", rank: (row) => OUTCOMES.indexOf(row.outcome)},
    {key: "reason", label: "Reason"},
    {key: "certainty", label: "Certainty"},
    {key: "setAt", label: "Set at"},
    {key: "nextDue", label: "Next due"},
    {key: "error", label: "Error"},
  ];
  const NEEDS = {
    "": "all users", human: "need a human", quarantined: "quarantined", orphaned: "orphaned",
    unknown: "unknown", rejected: "rejected", overdue: "overdue",
  };

  const words = (code) => code === "excluded" ? "left out" : code.replaceAll("_", " ");
  const count = (value) => value.toLocaleString("en");
  const minute = (stamp) => stamp.slice(0, 16).replace("T", " ");
  const [day, time] = [(stamp) => stamp.slice(0, 10), (stamp) => stamp.slice(11, 16)];

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

  function rowsOf(customer) {
    return customer.outcome.map((outcome, i) => {
      const left = customer.left[i] || "";
      const failed = outcome === "rejected" || outcome === "unknown";
      const row = {
        customer: customer.customer,
        customerId: customer.customer_id || customer.customer_ids[i] || "",
        user: customer.user[i] || customer.user_id[i] || "",
        userId: customer.user_id[i] || "",
        outcome,
        left,
        reason: customer.reason[i] || "",
        certainty: customer.certainty[i] || "",
        setAt: customer.set_at[i] || "",
        nextDue: customer.next_due[i] || "",
        error: customer.error[i] || (customer.note || [])[i] || "",
        needs: left === "quarantined" || left === "orphaned" ? left : failed ? outcome : "",
        ids: [],
      };
      for (const [label, value] of [
        ["HTTP", customer.status[i]], ["code", customer.code[i]],
        ["request", customer.request_id[i]], ["correlation", customer.correlation_id[i]],
      ]) {
        if (value) {
          row.ids.push(`${label} ${value}`);
        }
      }
      row.overdue = row.nextDue !== "" && Date.parse(row.nextDue) < now;
      row.text = [row.customer, row.customerId, row.user, row.userId, words(outcome), left, words(row.reason),
        row.certainty, minute(row.setAt), minute(row.nextDue), row.error, ...row.ids].join("\n").toLowerCase();
      return row;
    });
  }

  const rows = data.customers.flatMap(rowsOf);
  const state = {filters: {}, sort: "", ascending: true, page: 0, size: PAGE_SIZES[0], shown: rows};

  /* Filters */

  const FILTERS = {
    search: (row, value) => value.toLowerCase().split(/\s+/).every((word) => row.text.includes(word)),
    customer: (row, value) => row.customer === value,
    needs: (row, value) =>
      value === "overdue" ? row.overdue : value === "human" ? row.needs !== "" : row.needs === value,
    outcome: (row, value) => (GROUPS[value] || [value]).includes(row.outcome),
    reason: (row, value) => row.reason === value,
    certainty: (row, value) => row.certainty === value,
  };

  function matching() {
    const active = Object.entries(state.filters).filter(([, value]) => value !== "");
    return rows.filter((row) => active.every(([name, value]) => FILTERS[name](row, value)));
  }

  function compare(a, b) {
    const column = COLUMNS.find((one) => one.key === state.sort);
    if (!column) {
      return 0;
    }
    if (column.rank) {
      return (column.rank(a) - column.rank(b)) * (state.ascending ? 1 : -1);
    }
    const [left, right] = [a[column.key], b[column.key]];
    if (left === "" || right === "") {
      return (left === "") - (right === ""); // what is empty comes last in both directions
    }
    const order = column.key === "setAt" || column.key === "nextDue" ?
      (left > right) - (left < right) : collator.compare(left, right);
    return state.ascending ? order : -order;
  }

  /* What is urgent first, then by customer and user: also the order among equals. */
  rows.sort((a, b) =>
    (a.needs === "") - (b.needs === "") || OUTCOMES.indexOf(a.outcome) - OUTCOMES.indexOf(b.outcome) ||
    collator.compare(a.customer, b.customer) || collator.compare(a.user, b.user));

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

  function found(key) {
    return [...new Set(rows.map((row) => row[key]))].filter((value) => value !== "").sort(collator.compare);
  }

  function outcomeOptions() {
    const present = OUTCOMES.filter((outcome) => rows.some((row) => row.outcome === outcome));
    const options = [["", "all outcomes"], ...present.map((outcome) => [outcome, words(outcome)])];
    const named = present.some((outcome) => GROUPS.would.includes(outcome)) ? "would" : "set";
    return [...options, [named, GROUPS[named].map(words).join(" or ")]];
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
    sortBy.append(element("option", {value: `${column.key} up`}, `${column.label} ↑`));
    sortBy.append(element("option", {value: `${column.key} down`}, `${column.label} ↓`));
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
    select("customer", "Customer", [["", "all customers"], ...found("customer").map((name) => [name, name])]),
    select("needs", "Attention", Object.entries(NEEDS)),
    select("outcome", "Outcome", outcomeOptions()),
    select("reason", "Reason", [["", "all reasons"], ...found("reason").map((code) => [code, words(code)])]),
    select("certainty", "Certainty", [["", "any"], ...found("certainty").map((code) => [code, words(code)])]),
    field("sort", "Sort by", sortBy),
    reset);

  const status = element("p", {role: "status"});
  const size = element("select", {id: "page-size"});
  size.append(...PAGE_SIZES.map((value) => element("option", {value}, String(value))));
  size.addEventListener("change", () => {
    state.size = Number(size.value);
    state.page = 0;
    draw();
  });
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
    const button = element("button", {type: "button"}, column.label);
    button.addEventListener("click", () => sort(column.key, state.sort === column.key ? !state.ascending : true));
    column.cell = element("th", {scope: "col", role: "columnheader"}, button);
    head.append(column.cell);
  }
  const body = element("tbody", {role: "rowgroup"});
  const table = element("table", {className: "users", role: "table"},
    element("caption", {}, "Users of this run. ",
      element("span", {className: "hint"}, "Press a heading to sort by it.")),
    element("thead", {role: "rowgroup"}, head), body);

  function age(stamp) {
    const days = Math.floor((now - Date.parse(stamp)) / DAY);
    return days < 0 ? "" : days === 0 ? "today" : days === 1 ? "1 day ago" : `${count(days)} days ago`;
  }

  function due(stamp) {
    const days = Math.ceil((Date.parse(stamp) - now) / DAY);
    return days > 0 ? (days === 1 ? "in 1 day" : `in ${count(days)} days`) : "overdue";
  }

  function when(label, stamp, note, className = "sub") {
    const cell = element("td", {className: "when", role: "cell", "data-label": label});
    if (stamp) {
      cell.append(element("time", {dateTime: stamp}, day(stamp)),
        element("span", {className}, [time(stamp), note].filter(Boolean).join(" · ")));
    }
    return cell;
  }

  function line(row) {
    const cell = (label, ...children) => element("td", {role: "cell", "data-label": label}, ...children);
    const customer = cell("Customer", element("span", {}, row.customer));
    const user = element("th", {scope: "row", role: "rowheader", "data-label": "User"}, name(row.user));
    if (row.user === row.userId && row.customerId && row.customerId !== row.customer) {
      customer.append(element("span", {className: "sub"}, row.customerId));
    }
    const outcome = cell("Outcome",
      element("span", {className: `badge ${BADGES[row.outcome] || ""}`}, words(row.outcome)));
    outcome.className = "outcome";
    if (row.left) {
      outcome.append(element("span", {className: row.left === "pending" ? "sub" : "sub warn"}, row.left));
    }
    const error = cell("Error");
    error.className = "error";
    if (row.error) {
      error.append(element("span", {}, row.error));
      if (row.ids.length) {
        error.append(element("details", {className: "ids"}, element("summary", {}, "for a support ticket"),
          ...row.ids.map((id) => element("code", {}, id))));
      }
    }
    const [reason, certainty] = [cell("Reason", words(row.reason)), cell("Certainty", row.certainty)];
    reason.className = certainty.className = "code";
    return element("tr", {role: "row"}, customer, user, outcome, reason, certainty,
      when("Set at", row.setAt, row.setAt && age(row.setAt)),
      when("Next due", row.nextDue, row.nextDue && due(row.nextDue), row.overdue ? "sub warn" : "sub"), error);
  }

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
    state.shown = matching();
    if (state.sort) {
      state.shown.sort(compare);
    }
    for (const [name, control] of Object.entries(controls)) {
      const value = state.filters[name] || "";
      if (control !== document.activeElement || control.value.trim() !== value) {
        control.value = value;
      }
    }
    if (address) {
      const active = Object.entries(state.filters).filter(([, value]) => value !== "");
      history.replaceState(null, "", `#${new URLSearchParams(active)}`);
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
    update({address: false});
    if (scroll) {
      const section = document.getElementById("users");
      section.scrollIntoView({block: "start"});
      section.focus({preventScroll: true});
    }
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
    one.parentElement.after(element("p", {className: "bar"}, button));
  }

  const app = document.getElementById("users-app");
  app.append(filters, element("div", {className: "bar"}, status, pager("Pages")), table,
    element("div", {className: "bar"},
      element("div", {className: "page-size"}, element("label", {htmlFor: size.id}, "Rows on a page "), size), pager("Pages, again")));
  app.hidden = false;
  const customers = document.getElementById("customers-table");
  sortable(customers);
  fold(customers);
  update({address: false});
  readAddress({scroll: false});
  window.addEventListener("hashchange", () => readAddress({scroll: true}));
  window.addEventListener("beforeprint", () => {
    draw(0, PRINTED_ROWS);
    if (state.shown.length > PRINTED_ROWS) {
      status.textContent += `, the first ${count(PRINTED_ROWS)} printed; the CSV files have all`;
    }
  });
  window.addEventListener("afterprint", () => draw());
})();
