import type { Language } from "../http/language.ts";

type Entry = string | ((...values: never[]) => string);
type Words = { readonly [key: string]: Entry | Words };

/** The same keys, each a text or a function of the same values. */
type Translated<T> = {
  readonly [K in keyof T]: T[K] extends string
    ? string
    : T[K] extends (...values: infer V) => string
      ? (...values: V) => string
      : Translated<T[K]>;
};

/**
 * A dictionary: what a language lacks, or has too much of, does not compile. To add a language, add it to
 * `http/language.ts`, and the compiler names every dictionary that wants it.
 * @public
 */
export function dictionary<const T extends Words>(
  all: { readonly en: T } & Readonly<Record<Exclude<Language, "en">, Translated<T>>>,
): (language: Language) => Translated<T> {
  return (language) => all[language] as Translated<T>;
}
