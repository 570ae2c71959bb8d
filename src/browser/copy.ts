/** Copies what an element named by `data-copy` holds; without scripts the button is not there. */
for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy ?? "");
    await navigator.clipboard.writeText(source?.textContent?.trim() ?? "");
    button.textContent = button.dataset.copied ?? button.textContent;
  });
}
