"use strict";
(() => {
  const root = document.documentElement;
  const list = document.getElementById("claim-list");
  if (!list) return;
  root.classList.add("js");
  const claims = [...list.children];
  const control = (name) => document.getElementById("filter-" + name);
  const [verdict, kind, paper, sort, search] = ["verdict", "kind", "paper", "sort", "search"].map(control);
  const told = document.getElementById("filter-told");
  const rank = ["supported", "refuted", "conflicting", "not_enough_evidence", "not_checked"];
  const number = (claim) => Number(claim.dataset.number);
  const score = (claim) => (claim.dataset.score === "" ? -Infinity : Math.abs(Number(claim.dataset.score)));
  const orders = {
    number: (a, b) => number(a) - number(b),
    score: (a, b) => score(b) - score(a) || number(a) - number(b),
    verdict: (a, b) => rank.indexOf(a.dataset.verdict) - rank.indexOf(b.dataset.verdict) || number(a) - number(b),
  };
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const texts = new Map(claims.map((claim) => [claim, fold(claim.textContent)]));
  const apply = () => {
    const words = fold(search.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const claim of claims) {
      const data = claim.dataset;
      const fits =
        (!verdict.value || data.verdict === verdict.value) &&
        (!kind.value || data.kind === kind.value) &&
        (!paper.value || data.papers.split(" ").includes(paper.value)) &&
        words.every((word) => texts.get(claim).includes(word));
      claim.hidden = !fits;
      shown += fits;
    }
    told.textContent = shown + " of " + claims.length + " shown";
  };
  const order = () => {
    list.append(...claims.sort(orders[sort.value]));
    apply();
  };
  for (const filter of [verdict, kind, paper]) filter.addEventListener("change", apply);
  sort.addEventListener("change", order);
  search.addEventListener("input", apply);
  // A link to a claim must reach it even when a filter hides it, and shows its evidence.
  const open = () => {
    const claim = document.getElementById(location.hash.slice(1));
    if (!claim || !claims.includes(claim)) return;
    if (claim.hidden) {
      for (const filter of [verdict, kind, paper, search]) filter.value = "";
      apply();
    }
    claim.querySelector("details").open = true;
    claim.scrollIntoView();
  };
  addEventListener("hashchange", open);
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const part of closed) part.open = true;
  });
  addEventListener("afterprint", () => {
    for (const part of closed) part.open = false;
  });
  order();
  open();
})();
