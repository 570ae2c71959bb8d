import type { Language } from "../http/language.ts";
import { dictionary } from "./words.ts";

const words = dictionary({
  en: { copy: "Copy", copied: "Copied", download: "Download" },
  de: { copy: "Kopieren", copied: "Kopiert", download: "Herunterladen" },
});

/**
 * What is shown this once, with a way to keep it. Pages with one load `copy`.
 * @public
 */
export function Secret({ text, file, language }: { text: string; file?: string; language: Language }) {
  const t = words(language);
  return (
    <>
      <pre id="secret" class="secret">
        {text}
      </pre>
      <p class="actions scripted">
        <button type="button" class="quiet" data-copy="secret" data-copied={t.copied}>
          {t.copy}
        </button>
        {file && (
          <button type="button" class="quiet" data-download="secret" data-file={file}>
            {t.download}
          </button>
        )}
      </p>
    </>
  );
}
