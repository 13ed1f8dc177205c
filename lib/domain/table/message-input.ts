import { type Problem, problem } from '../codes/problems.ts';
import { countCharacters, findControl } from '../input/characters.ts';
import { placeOf, readList, readObject, readString, wrongKind } from '../input/input.ts';
import { closest, shorten } from '../input/spelling.ts';
import { resolveLocale } from '../message/locale.ts';
import { bracePattern, type LocalText, type Message, placeholders } from '../message/message.ts';

const maxLocales = 10;
/** As many characters as may be sent at most, whatever the limit is set to. */
const longestTemplate = 4_000;
/** A text with thousands of unknown names is not told of each. */
const unknownTold = 10;

/** Reads a message: a template, or a list of `{locale, text}` with no locale twice. */
export function readMessage(input: unknown, path: string, problems: Problem[]): Message {
  if (Array.isArray(input)) return readLocalTexts(input, path, problems);
  if (typeof input === 'string') return readTemplate(input, path, problems);
  problems.push(wrongKind(path, ['text', 'list'], input));
  return '';
}

/** Reads a language tag into its canonical spelling; refuses one without language data. */
export function readLocale(input: unknown, path: string, problems: Problem[]): string {
  const written = readString(input, path, problems);
  if (typeof input !== 'string') return 'en';
  const resolved = resolveLocale(written);
  if (typeof resolved === 'object') return resolved.locale;
  const code = resolved === 'malformed' ? 'malformed_locale' : 'unknown_locale';
  problems.push(problem(path, code, { found: shorten(written) }));
  return 'en';
}

function readLocalTexts(input: readonly unknown[], path: string, problems: Problem[]): LocalText[] {
  const firstPlaces = new Map<string, string>();
  return readList(input, path, { min: 1, max: maxLocales }, problems).flatMap((entry, index) => {
    const place = placeOf(path, index);
    const fields = readObject(entry, place, ['locale', 'text'], problems);
    if (fields === undefined) return [];
    const localePlace = placeOf(place, 'locale');
    const localeProblems: Problem[] = [];
    const locale = readLocale(fields.locale, localePlace, localeProblems);
    const first = firstPlaces.get(locale);
    if (localeProblems.length === 0 && first !== undefined)
      localeProblems.push(problem(localePlace, 'written_twice', { first }));
    if (localeProblems.length === 0) firstPlaces.set(locale, localePlace);
    problems.push(...localeProblems);
    return { locale, text: readTemplate(fields.text, placeOf(place, 'text'), problems) };
  });
}

/** A block text in YAML ends in a line break that nobody means to send. */
function readTemplate(input: unknown, path: string, problems: Problem[]): string {
  const text = readString(input, path, problems).replace(/\n+$/, '');
  if (typeof input === 'string') problems.push(...problemsOfTemplate(text, path));
  return text;
}

function problemsOfTemplate(text: string, path: string): Problem[] {
  if (text.trim() === '') return [problem(path, 'text_empty', {})];
  if (text.length > longestTemplate)
    return [problem(path, 'text_length', { min: 1, max: longestTemplate, length: text.length })];
  const control = findControl(text, '\n');
  return [
    ...(control === undefined ? [] : [problem(path, 'control_character', control)]),
    ...unknownPlaceholders(text, path),
    ...strayBraces(text, path),
  ];
}

function unknownPlaceholders(text: string, path: string): Problem[] {
  const unknown = Array.from(text.matchAll(bracePattern), ({ 1: written = '', index }) => ({
    found: written.trim(),
    index,
  })).filter(({ found }) => !placeholders.some((known) => known === found));
  return unknown.slice(0, unknownTold).map(({ found, index }) => {
    const hint = closest(found, placeholders);
    const params = { found: shorten(found), position: positionOf(text, index), known: placeholders };
    return problem(path, 'unknown_placeholder', hint === undefined ? params : { ...params, hint });
  });
}

function strayBraces(text: string, path: string): Problem[] {
  // What is taken out keeps its length, so that positions stay true.
  const rest = text.replaceAll(bracePattern, (whole) => ' '.repeat(whole.length));
  const stray = /\{\{|\}\}/.exec(rest);
  if (stray === null) return [];
  return [problem(path, 'stray_braces', { found: stray[0], position: positionOf(text, stray.index) })];
}

/** Where an index into UTF-16 stands in characters, counted from 1. */
function positionOf(text: string, index: number): number {
  return countCharacters(text.slice(0, index)) + 1;
}
