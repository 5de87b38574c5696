// "Tick all" and "untick all" for the whole comparison, for each of its parts and for each site, and how many boxes are
// ticked. What may belong to a person is left for a hand to tick.
const form = document.querySelector(".official-bar").closest("form");
const boxesIn = (area) => [...area.querySelectorAll("input[name=take]")];

const count = () => {
  const ticked = boxesIn(form).filter((box) => box.checked);
  const numbers = { values: ticked.length, sites: new Set(ticked.map((box) => box.value.split(".")[0])).size };
  for (const output of form.querySelectorAll("[data-count]")) output.textContent = numbers[output.dataset.count];
};

const button = (label, about, press) => {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button";
  made.textContent = label;
  if (about) made.setAttribute("aria-label", `${label} : ${about}`);
  made.addEventListener("click", () => {
    press();
    count();
  });
  return made;
};

const buttonsFor = (area, about = "") => {
  const tick = (checked) => {
    for (const box of boxesIn(area)) if (!checked || !("personal" in box.dataset)) box.checked = checked;
  };
  const buttons = document.createElement("p");
  buttons.className = "official-buttons";
  buttons.append(button("Tout cocher", about, () => tick(true)), button("Tout décocher", about, () => tick(false)));
  return buttons;
};

for (const entry of form.querySelectorAll(".official-entry")) {
  if (boxesIn(entry).length > 1) entry.querySelector("legend").after(buttonsFor(entry, entry.dataset.title));
}
for (const kind of form.querySelectorAll(".official-kind")) {
  const heading = kind.querySelector("h2");
  if (boxesIn(kind).length) heading.after(buttonsFor(kind, heading.textContent));
}
if (boxesIn(form).length) {
  const bar = form.querySelector(".official-bar");
  bar.append(buttonsFor(form));
  bar.querySelector(".official-count").hidden = false;
  form.addEventListener("change", count);
  count();
}
