import { parseArgs } from 'node:util';
import { type Problem, problem } from '../lib/domain/codes/problems.ts';
import { readInstant } from '../lib/domain/table/definition-fields.ts';
import type { Instant } from '../lib/domain/time/instant.ts';
import { UsageError } from './failure.ts';

/** The words and options of one command line; `json` is an option of every command. */
export type Options<N extends string> = {
  words: string[];
  json: boolean;
  values: Partial<Record<N, string[]>>;
};

/**
 * Reads a command line.
 *
 * @param names the options that take a value.
 * @param wordNames what the words stand for; as many must be there.
 * @param mostWords how many words there may be.
 * @throws UsageError when it does not fit.
 */
export function readOptions<N extends string>(
  args: string[],
  names: readonly N[],
  wordNames: readonly string[] = [],
  mostWords = wordNames.length,
): Options<N> {
  const { values, positionals: words } = parse(args, names);
  if (words.length < wordNames.length) throw new UsageError(`${wordNames[words.length]} is missing`);
  if (words.length > mostWords)
    throw new UsageError(`unexpected argument "${words[mostWords]}"; put what belongs together in quotes`);
  const { json = false, ...given } = values;
  return { words, json: json === true, values: given as Partial<Record<N, string[]>> };
}

function parse(args: string[], names: readonly string[]) {
  const valued = names.map((name) => [name, { type: 'string', multiple: true }] as const);
  try {
    return parseArgs({
      args,
      options: { ...Object.fromEntries(valued), json: { type: 'boolean' } },
      allowPositionals: true,
    });
  } catch (cause) {
    const [told = ''] = (cause instanceof Error ? cause.message : String(cause)).split('. To specify');
    throw new UsageError(told);
  }
}

/** The value of an option that may be given once; undefined when it is left out. */
export function single(
  values: readonly string[] | undefined,
  name: string,
  problems: Problem[],
): string | undefined {
  if (values !== undefined && values.length > 1) problems.push(problem(name, 'given_twice', {}));
  return values?.at(-1);
}

/** Reads the value of an option as an instant with its zone; undefined when it is left out. */
export function singleInstant(
  values: readonly string[] | undefined,
  name: string,
  problems: Problem[],
): Instant | undefined {
  const written = single(values, name, problems);
  return written === undefined ? undefined : Date.parse(readInstant(written, name, problems));
}
