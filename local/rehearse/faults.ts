import { type Problem, problem } from '../../lib/domain/codes/problems.ts';
import { placeOf, readList, readObject } from '../../lib/domain/input/input.ts';
import { shorten } from '../../lib/domain/input/spelling.ts';
import { readWholeNumber } from '../../lib/domain/input/whole-number.ts';
import { readInstant } from '../../lib/domain/table/definition-fields.ts';
import { type LinedProblem, readYaml } from '../../lib/domain/table/yaml-file.ts';
import type { Instant } from '../../lib/domain/time/instant.ts';
import { namesPool, operationNames } from '../simulator/catalogue.ts';
import { type Fault, faultAnswers } from '../simulator/faults.ts';

/** A fault of the simulator that waits from `at` on for the first call that it is meant for. */
export type TimedFault = Omit<Fault, 'match'> & {
  at: Instant;
  match: {
    /** By name or id. */
    pool?: string;
    operation?: NonNullable<Fault['match']['operation']>;
  };
};

const count = { min: 0, max: 1_000 };
const times = { min: 1, max: 1_000_000 };

/**
 * Reads a file of faults in YAML or JSON: a list of `{at?, match?, answer, times?}`.
 *
 * @param pools the names and ids that a fault may be for.
 */
export function parseFaults(
  text: string,
  pools: readonly string[],
): { faults: TimedFault[]; problems: LinedProblem[] } {
  const file = readYaml(text);
  const problems: Problem[] = [];
  const entries = file.value === undefined ? [] : readList(file.value, '', count, problems);
  const faults = entries.map((entry, index) => readFault(entry, placeOf('', index), pools, problems));
  const placed = problems.map((found) => ({ ...found, line: file.lineOf(found.path) }));
  return { faults, problems: [...file.problems, ...placed].sort((a, b) => a.line - b.line) };
}

function readFault(input: unknown, path: string, pools: readonly string[], problems: Problem[]): TimedFault {
  const fields = readObject(input, path, ['at', 'match', 'answer', 'times'], problems) ?? {};
  const { at, match = {}, answer, times: wanted = 1 } = fields;
  return {
    at:
      at === undefined
        ? Number.NEGATIVE_INFINITY
        : Date.parse(readInstant(at, placeOf(path, 'at'), problems)),
    match: readMatch(match, placeOf(path, 'match'), pools, problems),
    // YAML reads an unquoted 503 as a number.
    answer: readChoice(String(answer ?? ''), placeOf(path, 'answer'), faultAnswers, problems),
    times: readWholeNumber(wanted, placeOf(path, 'times'), times, problems),
  };
}

function readMatch(
  input: unknown,
  path: string,
  pools: readonly string[],
  problems: Problem[],
): TimedFault['match'] {
  const { pool, operation } = readObject(input, path, ['pool', 'operation'], problems) ?? {};
  // The path of the other operations names no pool, so that a fault for one pool cannot meet them.
  const operations = pool === undefined ? operationNames : operationNames.filter(namesPool);
  return {
    ...(pool === undefined ? {} : { pool: readChoice(String(pool), placeOf(path, 'pool'), pools, problems) }),
    ...(operation === undefined
      ? {}
      : {
          operation: readChoice(String(operation), placeOf(path, 'operation'), operations, problems),
        }),
  };
}

/** Reads one of the known words; the first of them stands in for any other. */
function readChoice<W extends string>(
  written: string,
  path: string,
  known: readonly W[],
  problems: Problem[],
): W {
  const found = known.find((word) => word === written);
  if (found !== undefined) return found;
  if (written === '') problems.push(problem(path, 'required', {}));
  else problems.push(problem(path, 'not_one_of', { known, found: shorten(written) }));
  return known[0] as W;
}
