import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isSeq,
  LineCounter,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { messageOf } from '../codes/errors.ts';
import { type Problem, problem } from '../codes/problems.ts';
import { placeOf } from '../input/input.ts';
import { shorten } from '../input/spelling.ts';

/** A problem that has its line, from 1. */
export type LinedProblem = Problem & { readonly line: number };

/** What a YAML or JSON file holds, and on which line each part of it begins. */
export type YamlFile = {
  /** Undefined when the file cannot be read. */
  readonly value: unknown;
  readonly problems: readonly LinedProblem[];
  /** The line, from 1, of the place or of the nearest one around it. */
  readonly lineOf: (path: string) => number;
};

const maxLength = 1_000_000;
const maxAliases = 100;
const errorsTold = 20;

// YAML 1.2 whatever the file says: dates stay texts, `yes` is no boolean, `<<` merges nothing, tags mean nothing.
const options = {
  version: '1.2',
  schema: 'core',
  merge: false,
  resolveKnownTags: false,
  stringKeys: true,
  // Its own check compares every key with every other; ours is below.
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'error',
} as const;

/** Reads YAML 1.2 or JSON, which is YAML; bounded against files that are made to be costly. */
export function readYaml(text: string): YamlFile {
  if (text.length > maxLength)
    return unreadable([{ ...problem('', 'file_large', { length: text.length, maxLength }), line: 1 }]);
  const lines = new LineCounter();
  try {
    return readDocument(parseDocument(text, { ...options, lineCounter: lines }), lines);
  } catch (cause) {
    // Nesting deeper than the stack, or aliases of aliases.
    const detail = messageOf(cause);
    return unreadable([{ ...problem('', 'file_syntax', { detail }), line: 1 }]);
  }
}

function unreadable(problems: readonly LinedProblem[]): YamlFile {
  return { value: undefined, problems, lineOf: () => 1 };
}

function readDocument(document: Document.Parsed, lines: LineCounter): YamlFile {
  const syntaxProblems = problemsOfSyntax(document, lines);
  if (syntaxProblems.length > 0) return unreadable(syntaxProblems);
  const lineAt = (node: unknown) => lines.linePos((isNode(node) ? node.range?.[0] : undefined) ?? 0).line;
  const survey: Survey = { document, lineAt, lines: new Map(), aliases: [], problems: [] };
  survey.lines.set('', lineAt(document.contents));
  look(document.contents, '', survey);
  if (survey.aliases.length > maxAliases)
    return unreadable([
      { ...problem('', 'file_aliases', { max: maxAliases }), line: lineAt(survey.aliases.at(-1)) },
    ]);
  const dangling = problemsOfAliases(survey);
  if (dangling.length > 0) return unreadable(dangling);
  const value: unknown = document.toJS({ maxAliasCount: maxAliases });
  return { value, problems: survey.problems, lineOf: (path) => nearestLine(survey.lines, path) };
}

/** One problem a line: the others on it follow from the first. */
function problemsOfSyntax({ errors, warnings }: Document.Parsed, lines: LineCounter): LinedProblem[] {
  const byLine = new Map<number, LinedProblem>();
  for (const { message, pos } of [...errors, ...warnings]) {
    const { line } = lines.linePos(pos[0]);
    if (!byLine.has(line)) byLine.set(line, { ...problem('', 'file_syntax', { detail: message }), line });
  }
  return [...byLine.values()].slice(0, errorsTold);
}

/** What a walk through the file finds. */
type Survey = {
  readonly document: Document.Parsed;
  readonly lineAt: (node: unknown) => number;
  readonly lines: Map<string, number>;
  readonly aliases: Alias[];
  readonly problems: LinedProblem[];
};

/** Notes where each part begins. What an alias stands for is not walked through again: it is found at the alias. */
function look(node: unknown, path: string, survey: Survey): void {
  if (isAlias(node)) survey.aliases.push(node);
  else if (isMap(node)) lookAtFields(node, path, survey);
  else if (isSeq(node))
    for (const [index, item] of node.items.entries()) lookAt(item, placeOf(path, index), item, survey);
}

function lookAtFields({ items }: YAMLMap, path: string, survey: Survey): void {
  const firstLines = new Map<string, number>();
  for (const { key, value } of items) {
    const name = String(key);
    const place = placeOf(path, shorten(name));
    const line = survey.lineAt(key);
    const firstLine = firstLines.get(name);
    if (firstLine === undefined) firstLines.set(name, line);
    else if (survey.problems.length < errorsTold)
      survey.problems.push({ ...problem(place, 'duplicate_key', { firstLine }), line });
    lookAt(value, place, key, survey);
  }
}

function lookAt(node: unknown, place: string, start: unknown, survey: Survey): void {
  survey.lines.set(place, survey.lineAt(start));
  look(node, place, survey);
}

function problemsOfAliases({ document, aliases, lineAt }: Survey): LinedProblem[] {
  return aliases
    .filter((alias) => alias.resolve(document) === undefined)
    .map((alias) => ({
      ...problem('', 'file_syntax', { detail: `*${alias.source} has no &${alias.source} before it` }),
      line: lineAt(alias),
    }));
}

function nearestLine(lines: ReadonlyMap<string, number>, path: string): number {
  let place = path;
  while (!lines.has(place) && place !== '')
    place = place.slice(0, Math.max(0, place.lastIndexOf('.'), place.lastIndexOf('[')));
  return lines.get(place) ?? 1;
}
