/** Says while somebody types whether a new password meets the rules that can be told here. The server decides. */
const classes = [/\p{Lu}/u, /\p{Ll}/u, /\p{Nd}/u, /[^\p{Lu}\p{Ll}\p{Nd}]/u];

for (const group of document.querySelectorAll<HTMLElement>("[data-password-hint]")) {
  const input = group.querySelector("input");
  const said = group.querySelector<HTMLElement>(".strength");
  if (!input || !said) continue;
  const least = Number(group.dataset.min);
  const waivedFrom = Number(group.dataset.classes);
  input.addEventListener("input", () => {
    const length = [...input.value].length;
    const hasClasses = !waivedFrom || length >= waivedFrom || classes.every((each) => each.test(input.value));
    const isGood = length >= least && hasClasses;
    said.textContent = (length === 0 ? "" : isGood ? said.dataset.good : said.dataset.weak) ?? "";
    said.classList.toggle("good", isGood);
  });
}
