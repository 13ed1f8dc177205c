import fc from 'fast-check';
import { run } from './run.ts';

/** A command as the help shows it. */
export type Usage = { name: string; word: string | undefined; options: { name: string; takes: string }[] };

/** Every command, with its first word and its options as its usage names them. */
export async function readUsages(): Promise<Usage[]> {
  const { out } = await run(['--help']);
  const commands: Usage[] = [];
  for (const [, name = '', usage = ''] of out.matchAll(/^ {2}([a-z]+)(.*)$/gm)) {
    const options = [...usage.matchAll(/(--[a-z-]+)(?: ([A-Z]+))?/g)].map(([, option = '', takes = '']) => ({
      name: option,
      takes,
    }));
    commands.push({ name, word: /^ \[?([A-Z]+)/.exec(usage)?.[1], options });
  }
  return commands;
}

/** What a usage means by its words. */
const meanings: Readonly<Record<string, readonly string[]>> = {
  CRON: ['0 18 * * 1-5', '@daily', '0 0 30 2 *'],
  ZONE: ['Asia/Shanghai', 'UTC'],
  INSTANT: ['2026-11-24T00:00:00Z', '2026-11-25T18:00:00+08:00', '2026-11-26T00:00:00Z'],
  N: ['5', '1000', '0'],
  EVENTS: ['5', '200'],
  FILE: ['table', 'faults', 'json', 'bytes', 'a-folder', 'nowhere'],
  ID: ['eod', 'eod.1.a'],
  TEXT: ['Bye.', '{{timeLeft}}'],
  DURATION: ['15m', '2h'],
  NAME: ['finance'],
  STATE: ['trouble'],
  C: ['c'],
  TAG: ['zh-CN'],
  KEY: ['run-4711', '3f0c2f5e-3c0b-4f0e-9d4c-2f1f0c1f6a11'],
};

// Node makes what an operating system hands over well-formed.
/** A text that nobody expects. */
export const odd = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', '__proto__', 'constructor', '-1', '--', '-', '--json', '💣', '\u0000', '../..', '%'),
  )
  .map((text) => text.toWellFormed());
/** Mostly nothing. */
export function seldom<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ arbitrary: fc.constant(undefined), weight: 20 }, { arbitrary, weight: 1 });
}

/** Choices that become a command line once the commands are known. */
export type Line = {
  pick: number;
  picks: { isGiven: boolean; pick: number; odd: string | undefined }[];
  isJson: boolean;
  more: string[];
};
export const line: fc.Arbitrary<Line> = fc.record({
  pick: fc.nat(),
  picks: fc.array(
    fc.record({
      isGiven: fc.boolean(),
      pick: fc.oneof({ arbitrary: fc.constant(0), weight: 2 }, { arbitrary: fc.nat(), weight: 1 }),
      odd: seldom(odd),
    }),
    { minLength: 10, maxLength: 10 },
  ),
  isJson: fc.boolean(),
  more: fc.oneof(
    { arbitrary: fc.constant<string[]>([]), weight: 9 },
    { arbitrary: fc.array(odd), weight: 1 },
  ),
});

/** A command line: a command, its word, some of its options, most often with what they want, and what else comes. */
export function argsOf({ pick, picks, isJson, more }: Line, known: readonly Usage[]): string[] {
  const { name = '', word, options = [] } = known[pick % known.length] ?? {};
  const [first, ...rest] = picks;
  const pickValue = (takes: string, picked: Line['picks'][number] | undefined): string => {
    const values = meanings[takes] ?? [''];
    return picked?.odd ?? values[(picked?.pick ?? 0) % values.length] ?? '';
  };
  const given = options.flatMap((option, i) => {
    const picked = rest[i % rest.length];
    if (picked?.isGiven === false) return [];
    if (option.takes === '') return [option.name];
    return [option.name, option.name === '--to' ? '2026-11-27T00:00:00Z' : pickValue(option.takes, picked)];
  });
  const words = word === undefined ? [] : [pickValue(word, first)];
  return [name, ...words, ...given, ...(isJson ? ['--json'] : []), ...more];
}
