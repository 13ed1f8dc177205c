import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

/** One measurement: what was found, and whether the mark was reached in the same run. */
export type Line = {
  work: string;
  floor: string;
  peers: string;
  ours: string;
  mark: string;
  isPassed: boolean;
};

const readme = join(import.meta.dirname, 'README.md');
const begin = '<!-- measured -->';
const end = '<!-- end of what was measured -->';

/** What was measured and on what, as Markdown. */
export function reportOf(lines: readonly Line[], at: Date): string {
  const missed = lines.filter(({ isPassed }) => !isPassed);
  return [
    `${at.toISOString().slice(0, 10)}, ${machine()}; ${versions()}.`,
    '',
    '| work | floor | peers | ours | mark | passed |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines.map(
      ({ work, floor, peers, ours, mark, isPassed }) =>
        `| ${work} | ${floor} | ${peers} | ${ours} | ${mark} | ${isPassed ? 'yes' : '**no**'} |`,
    ),
    '',
    ...(missed.length === 0
      ? ['Every mark was passed.']
      : missed.map(({ work, ours, mark }) => `Not passed: ${work}: ${ours}; the mark is ${mark}.`)),
  ].join('\n');
}

/** Puts the report in the place of the last one. */
export function keepReport(report: string): void {
  const text = readFileSync(readme, 'utf8');
  const [before] = text.split(begin);
  const [, after] = text.split(end);
  if (before === text || before === undefined || after === undefined) {
    throw new Error(`${readme} has lost the line ${begin} or ${end}, between which the report stands`);
  }
  writeFileSync(readme, `${before}${begin}\n${report}\n${end}${after}`);
}

function machine(): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() || 'processor of an unknown kind';
  return `${processors.length} × ${model}, ${process.platform}, Node ${process.versions.node}`;
}

function versions(): string {
  const peers = ['@huaweicloud/huaweicloud-sdk-core', 'croner', 'node-cron'].map(
    (name) => `${name.replace(/^@.*\//, '')} ${versionOf(join('bench', 'node_modules', name))}`,
  );
  return [...peers, `undici ${versionOf(join('node_modules', 'undici'))}`].join(', ');
}

function versionOf(folder: string): string {
  const text = readFileSync(join(import.meta.dirname, '..', folder, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
