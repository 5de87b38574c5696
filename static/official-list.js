// "Tick all" and "untick all" for each site of the comparison with the official list. What may belong to a person is
// left for a hand to tick.
for (const entry of document.querySelectorAll(".official-entry")) {
  const boxes = [...entry.querySelectorAll("input[type=checkbox]")];
  if (boxes.length < 2) continue;
  const tick = (label, checked) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = label;
    button.addEventListener("click", () => {
      for (const box of boxes) if (!checked || !("personal" in box.dataset)) box.checked = checked;
    });
    return button;
  };
  const buttons = document.createElement("p");
  buttons.append(tick("Tout cocher", true), " ", tick("Tout décocher", false));
  entry.querySelector("legend").after(buttons);
}
