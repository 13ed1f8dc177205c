import type { Problem } from '../../lib/domain/codes/problems.ts';
import { callApi } from '../client.ts';
import { inputError } from '../failure.ts';
import { readFileBytes } from '../file.ts';
import { keyOption, readKey } from '../idempotency-key.ts';
import { readOptions } from '../options.ts';
import { describeWarnings, type ShownWarning, warningShape } from '../output/warnings.ts';
import { listOf, object, text } from '../shape.ts';
import type { Command } from '../terminal.ts';

type Applied = {
  created: string[];
  changed: string[];
  unchanged: string[];
  deleted: string[];
  failed: { id: string; message: string }[];
  warnings: ShownWarning[];
};

const ids = listOf(text);
const appliedShape = object<Applied>({
  created: ids,
  changed: ids,
  unchanged: ids,
  deleted: ids,
  failed: listOf(object<Applied['failed'][number]>({ id: text, message: text })),
  warnings: listOf(warningShape),
});

/** `deskbell apply FILE`: makes the stored schedules what the file says. */
export const applyFile: Command = async (args, terminal) => {
  const { words, json, values } = readOptions(args, [keyOption], ['FILE']);
  const [file = ''] = words;
  const problems: Problem[] = [];
  const key = readKey(values[keyOption], terminal, problems);
  if (problems.length > 0) throw inputError(problems);
  const body = { type: 'application/yaml', content: readFileBytes(terminal, file) };
  const applied = await callApi<Applied>(terminal, {
    method: 'POST',
    path: '/v1/apply',
    body,
    file,
    key,
    answer: appliedShape,
  });
  terminal.print(json ? JSON.stringify(applied) : describe(applied, file));
  return applied.failed.length > 0 ? 1 : 0;
};

function describe({ failed, warnings, ...done }: Applied, file: string): string {
  const lines = (['created', 'changed', 'unchanged', 'deleted'] as const)
    .filter((what) => done[what].length > 0)
    .map((what) => `${what}: ${done[what].join(', ')}`);
  const told = lines.length > 0 ? lines : [`${file} holds no schedules, and none were stored from a file`];
  return [
    ...told,
    ...failed.map(({ id, message }) => `failed: ${id}: ${message}`),
    ...describeWarnings(warnings, file),
  ].join('\n');
}
