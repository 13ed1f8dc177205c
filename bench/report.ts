import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { absentPeers } from './peer.ts';
import { postgres, redis, versionOf } from './servers.ts';

/** One measurement: what was found, and whether the mark was reached in the same run. */
export type Line = {
  work: string;
  floor: string;
  peers: string;
  ours: string;
  mark: string;
  /** Absent where there is no mark. */
  isPassed?: boolean;
};

const readme = join(import.meta.dirname, 'README.md');
const begin = '<!-- measured -->';
const end = '<!-- end of what was measured -->';
const packages = [
  'bench/node_modules/@huaweicloud/huaweicloud-sdk-core',
  'bench/node_modules/croner',
  'bench/node_modules/node-cron',
  'bench/node_modules/bullmq',
  'bench/node_modules/pg-boss',
  'node_modules/undici',
];

/** The line of a measurement that could not be made. */
export function failedLine(name: string, why: string): Line {
  return { work: name, floor: '–', peers: '–', ours: `failed: ${oneLine(why)}`, mark: '–', isPassed: false };
}

/** What was measured and on what, as Markdown. */
export function reportOf(lines: readonly Line[], at: Date): string {
  const missed = lines.filter(({ isPassed }) => isPassed === false);
  const absent = absentPeers();
  return [
    `${at.toISOString().slice(0, 10)}, ${machine()}; ${versions()}.`,
    ...(absent.length === 0 ? [] : ['', `Left out: ${absent.join('; ')}.`]),
    '',
    '| work | floor | peers | ours | mark | passed |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines.map(
      ({ work, floor, peers, ours, mark, isPassed }) =>
        `| ${work} | ${floor} | ${peers} | ${ours} | ${mark} | ${isPassed === undefined ? '–' : isPassed ? 'yes' : '**no**'} |`,
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
  const servers = [redis, postgres].map(versionOf).filter((version) => version !== undefined);
  return [...packages.map(packageVersion), ...servers].join(', ');
}

function packageVersion(folder: string): string {
  const text = readFileSync(join(import.meta.dirname, '..', folder, 'package.json'), 'utf8');
  return `${folder.replace(/^.*\//, '')} ${(JSON.parse(text) as { version: string }).version}`;
}

/** A table has a line for each row. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '/').slice(0, 300);
}
