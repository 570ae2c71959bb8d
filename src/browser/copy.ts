/** Keeps what a page shows once: into the clipboard, or as a file. */
const textOf = (id: string | undefined) => document.getElementById(id ?? "")?.textContent?.trim() ?? "";

for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(textOf(button.dataset.copy));
    button.textContent = button.dataset.copied ?? button.textContent;
  });
}

for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-download]")) {
  button.addEventListener("click", () => {
    const url = URL.createObjectURL(
      new Blob([`${textOf(button.dataset.download)}\n`], { type: "text/plain" }),
    );
    const link = document.createElement("a");
    link.href = url;
    link.download = button.dataset.file ?? "";
    link.click();
    URL.revokeObjectURL(url);
  });
}
