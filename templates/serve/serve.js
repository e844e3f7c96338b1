"use strict";
(() => {
  // A job that is under way is followed; every page can be read and used without this script.
  const job = document.getElementById("job");
  if (job && job.dataset.open === "yes" && "EventSource" in window) follow();

  function follow() {
    const last = Number(job.dataset.last);
    const source = new EventSource("/api/jobs/" + job.dataset.job + "/events");
    const fresh = (event) => Number(event.lastEventId) > last;
    const set = (item, state, told) => {
      item.className = state;
      item.querySelector(".in-words").textContent = state;
      item.querySelector("small").textContent = told;
    };
    const stages = () => [...document.querySelectorAll(".stages li")];
    // A stage takes its place after those that are done, in whatever order they were expected.
    const stage = (name) => {
      const item = stages().find((one) => one.dataset.stage === name);
      const first = stages().find((one) => one.className !== "done");
      if (item && first && item !== first && item.className !== "done") {
        if (first.className === "running") set(first, "waiting", "");
        first.before(item);
      }
      return item;
    };
    const next = () => {
      const waiting = stages().find((item) => item.className !== "done");
      if (waiting && waiting.className === "waiting") set(waiting, "running", "");
    };
    const on = (kind, act) =>
      source.addEventListener(kind, (event) => {
        if (fresh(event)) act(JSON.parse(event.data));
      });
    on("end", (data) => {
      const item = stage(data.stage);
      if (item) set(item, "done", (data.done ? data.done + " in " : "") + data.seconds.toFixed(1) + " s");
      next();
    });
    on("stage", (data) => {
      const item = stage(data.stage);
      if (item) set(item, "running", data.done + (data.total ? " of " + data.total : ""));
    });
    on("state", (data) => {
      if (data.state === "running") {
        document.getElementById("state").textContent = "running";
        for (const item of stages()) set(item, "waiting", "");
        next();
      }
    });
    on("say", (data) => {
      const log = document.getElementById("log");
      const line = document.createElement("li");
      line.textContent = data.line;
      const below = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
      log.append(line);
      if (below) log.scrollTop = log.scrollHeight;
      const counted = /^\[(\d+)\/(\d+)\] /.exec(data.line);
      const bar = document.getElementById("counted");
      if (counted && bar) {
        bar.max = Number(counted[2]);
        bar.value = Number(counted[1]);
        document.getElementById("counted-words").textContent = counted[1] + " of " + counted[2];
      } else if (counted) {
        location.reload();
      }
    });
    source.addEventListener("ended", () => {
      source.close();
      location.reload();
    });
  }

  // Two reports can be compared, no more.
  const two = document.querySelector("form[data-two]");
  if (two) {
    const boxes = [...two.querySelectorAll("input[type=checkbox]")];
    const count = () => {
      const full = boxes.filter((box) => box.checked).length >= 2;
      for (const box of boxes) box.disabled = full && !box.checked;
    };
    two.addEventListener("change", count);
    count();
  }
})();
