import { describe, expect, it } from 'vitest';
import { notificationsOf } from '../../../lib/domain/schedule/notifications.ts';
import { renderMessage } from '../../../lib/domain/schedule/render.ts';
import { parseTable, type ScheduleTable } from '../../../lib/domain/table/table.ts';
import { isoOf } from '../../../lib/domain/time/instant.ts';
import { at, now } from './a-definition.ts';

const sample = `# deskbell.yml: the schedule table
defaults:
  timeZone: Asia/Shanghai
  locale: zh-CN
calendars:
  cn-holidays:
    exclude: [2026-10-01..2026-10-07]
    include: [2026-10-10]
schedules:
  - id: eod-logoff                     # 1-64 of a-z 0-9 -
    pools: [finance, 6c1f0a52-...]     # names or ids
    cron: "0 18 * * 1-5"               # when the event happens
    leadTimes: [30m, 10m, 2m]          # default [0m]: a plain (pool, cron, message) row
    message: "您将在{{timeLeft}}后（{{eventTime}}）被注销，请保存您的工作。"
    calendars: [cn-holidays]
  - id: patch-night
    pools: [all-devs]
    at: 2026-12-05T22:00               # once, local time
    timeZone: America/Sao_Paulo
    leadTimes:
      - 24h
      - { before: 15m, message: "Maintenance starts in {{timeLeft}}. Please log off." }
    message: "Maintenance on {{eventDate}} at {{eventTime}}."
`;

const sampleAsJson = {
  defaults: { timeZone: 'Asia/Shanghai', locale: 'zh-CN' },
  calendars: { 'cn-holidays': { exclude: ['2026-10-01..2026-10-07'], include: ['2026-10-10'] } },
  schedules: [
    {
      id: 'eod-logoff',
      pools: ['finance', '6c1f0a52-...'],
      cron: '0 18 * * 1-5',
      leadTimes: ['30m', '10m', '2m'],
      message: '您将在{{timeLeft}}后（{{eventTime}}）被注销，请保存您的工作。',
      calendars: ['cn-holidays'],
    },
    {
      id: 'patch-night',
      pools: ['all-devs'],
      at: '2026-12-05T22:00',
      timeZone: 'America/Sao_Paulo',
      leadTimes: ['24h', { before: '15m', message: 'Maintenance starts in {{timeLeft}}. Please log off.' }],
      message: 'Maintenance on {{eventDate}} at {{eventTime}}.',
    },
  ],
};

function parse(text: string, nowAt = now): ScheduleTable {
  return parseTable(text, { now: nowAt, messageLimit: 400 });
}

/** Lines, places and codes. */
function problemsOf(text: string): string[] {
  return parse(text).problems.map(({ line, path, code }) => `${line}: ${path} ${code}`);
}

const row = (id: string) => `  - { id: ${id}, pools: [p], cron: "0 18 * * *", message: m }\n`;

describe('a schedule file', () => {
  it('is read as the sample is meant', () => {
    const { definitions, calendars, problems, warnings } = parse(sample);
    expect([problems, warnings]).toEqual([[], []]);
    expect(calendars).toEqual(sampleAsJson.calendars);
    expect(definitions).toEqual([
      {
        id: 'eod-logoff',
        connection: 'default',
        pools: ['finance', '6c1f0a52-...'],
        cron: '0 18 * * 1-5',
        timeZone: 'Asia/Shanghai',
        leadTimes: ['30m', '10m', '2m'],
        message: '您将在{{timeLeft}}后（{{eventTime}}）被注销，请保存您的工作。',
        locale: 'zh-CN',
        calendars: [{ name: 'cn-holidays', exclude: ['2026-10-01..2026-10-07'], include: ['2026-10-10'] }],
        maxLateness: '5m',
        enabled: true,
      },
      {
        id: 'patch-night',
        connection: 'default',
        pools: ['all-devs'],
        at: '2026-12-05T22:00',
        timeZone: 'America/Sao_Paulo',
        leadTimes: ['1d', { before: '15m', message: 'Maintenance starts in {{timeLeft}}. Please log off.' }],
        message: 'Maintenance on {{eventDate}} at {{eventTime}}.',
        locale: 'zh-CN',
        calendars: [],
        maxLateness: '5m',
        enabled: true,
      },
    ]);
  });

  it('sends what the sample promises', () => {
    const sent = parse(sample).definitions.flatMap((definition) =>
      [...notificationsOf({ definition }, at('2026-12-04T00:00:00Z'), at('2026-12-07T00:00:00Z'))].map(
        (notification) => {
          const { dueAt } = notification;
          return `${isoOf(dueAt).slice(0, 16)} ${renderMessage(definition, notification, 'p', dueAt + 900)}`;
        },
      ),
    );
    expect(sent).toEqual([
      '2026-12-04T09:30 您将在30分钟后（18:00）被注销，请保存您的工作。',
      '2026-12-04T09:50 您将在10分钟后（18:00）被注销，请保存您的工作。',
      '2026-12-04T09:58 您将在2分钟后（18:00）被注销，请保存您的工作。',
      '2026-12-05T01:00 Maintenance on 2026年12月5日 at 22:00.',
      '2026-12-06T00:45 Maintenance starts in 15分钟. Please log off.',
    ]);
  });

  it('warns of a sample that has grown old', () => {
    const { problems, warnings } = parse(sample, at('2027-01-01T00:00:00Z'));
    expect(problems).toEqual([]);
    expect(warnings.map(({ path, code }) => `${path} ${code}`)).toEqual(['schedules[1].at event_past']);
  });

  it('says which schedule and line a warning is about', () => {
    const { warnings } = parse(sample, at('2027-01-01T00:00:00Z'));
    const line = sample.split('\n').findIndex((text) => text.includes('at: 2026-12-05')) + 1;
    expect(warnings).toMatchObject([{ scheduleId: 'patch-night', line }]);
  });

  it.each([
    ['on one line', JSON.stringify(sampleAsJson)],
    ['over many', JSON.stringify(sampleAsJson, null, 2)],
    ['indented by tabs', JSON.stringify(sampleAsJson, null, '\t')],
    ['with Windows line ends', JSON.stringify(sampleAsJson, null, 2).replaceAll('\n', '\r\n')],
    ['with a byte order mark', `\ufeff${JSON.stringify(sampleAsJson)}`],
  ])('gives the same from JSON %s as from YAML', (_, json) => {
    expect(parse(json)).toEqual(parse(sample));
  });

  it('may hold no schedule, if it says so', () => {
    expect(parse('schedules: []')).toEqual({ definitions: [], calendars: {}, problems: [], warnings: [] });
  });

  it('keeps dates, times and words as they are written, even under an older version of YAML', () => {
    const text = `%YAML 1.1
---
calendars: { on: { exclude: [2026-10-10] } }
schedules:
  - id: yes
    pools: [no, 2026-10-10]
    at: 2026-12-05T22:00:00
    message: off
    calendars: [on]
`;
    expect(parse(text)).toMatchObject({
      problems: [],
      definitions: [{ id: 'yes', pools: ['no', '2026-10-10'], at: '2026-12-05T22:00', message: 'off' }],
    });
  });

  it('may use an anchor for what it repeats', () => {
    const text = `schedules:
  - { id: a, pools: &devs [x, y], cron: "0 18 * * *", message: m }
  - { id: b, pools: *devs, cron: "0 18 * * *", message: m }
`;
    expect(parse(text).definitions.map(({ pools }) => pools)).toEqual([
      ['x', 'y'],
      ['x', 'y'],
    ]);
  });
});

describe('a schedule file is refused, line by line,', () => {
  it.each<[string, string, string[]]>([
    ['when it is empty', '', ['1:  not_a_table']],
    ['when it is only a comment', '# nothing\n', ['1:  not_a_table']],
    ['when it is a text', 'hello', ['1:  not_a_table']],
    ['when it is a list', '- a\n', ['1:  not_a_table']],
    ['without schedules', 'defaults: {}\n', ['1: schedules required']],
    ['with null for schedules', 'defaults: {}\nschedules:\n', ['2: schedules wrong_kind']],
    ['with an unknown field', 'schedules: []\nschedule: []\n', ['2: schedule unknown_field']],
    [
      'with an unknown default',
      'schedules: []\ndefaults:\n  zone: UTC\n',
      ['3: defaults.zone unknown_field'],
    ],
    [
      'with wrong defaults, once for all schedules',
      `defaults:\n  timeZone: Beijing\n  locale: xx\nschedules:\n${row('a')}${row('b')}`,
      ['2: defaults.timeZone zone_unknown', '3: defaults.locale unknown_locale'],
    ],
    ['with a list of calendars', 'schedules: []\ncalendars: []\n', ['2: calendars wrong_kind']],
    [
      'with a wrong calendar, once for all schedules that use it',
      'calendars:\n  x:\n    exclude:\n      - 2026-10-10\n      - 2026-02-30\nschedules:\n  - { id: a, pools: [p], cron: "0 18 * * *", message: m, calendars: [x] }\n',
      ['5: calendars.x.exclude[1] not_a_date'],
    ],
    [
      'with problems in several schedules',
      'schedules:\n  - id: a\n    pools: []\n    cron: "0 18 * * *"\n    message: |\n      {{x}}\n  - 7\n  - id: b\n    pools:\n      - p\n      - p\n    leadTimes:\n      - 1m\n      - before: 1x\n        message: m\n    message: m\n',
      [
        '3: schedules[0].pools list_length',
        '5: schedules[0].message unknown_placeholder',
        '7: schedules[1] wrong_kind',
        '8: schedules[2] cron_or_at',
        '11: schedules[2].pools[1] written_twice',
        '14: schedules[2].leadTimes[1].before not_a_duration',
      ],
    ],
    ['with a broken line', 'schedules:\n  - id: "a\n', ['3:  file_syntax']],
    ['with a tab as indentation', 'schedules:\n\t- id: a\n', ['2:  file_syntax']],
    ['with two documents', 'schedules: []\n---\nschedules: []\n', ['2:  file_syntax']],
    ['with a tag', 'schedules: !!set {}\n', ['1:  file_syntax']],
    ['with an alias of nothing', 'defaults: {}\nschedules: *all\n', ['2:  file_syntax']],
    [
      'with a merge key, which this version of YAML does not know',
      'schedules: []\ndefaults: { <<: { timeZone: UTC } }\n',
      ['2: defaults.<< unknown_field'],
    ],
    ['with an object as key', '? { a: 1 }\n: b\n', ['1:  file_syntax']],
    [
      'with a field twice, and whatever else is wrong',
      'schedules:\n  - id: a\n    pools: [p]\n    cron: "x"\n    pools: [q]\n    message: m\n',
      ['4: schedules[0].cron cron_field_count', '5: schedules[0].pools duplicate_key'],
    ],
    ['with broken JSON', '{"schedules": [\n{"id": "a",\n]}', ['3:  file_syntax']],
    [
      'with an id twice',
      `schedules:\n${row('a')}${row('b')}${row('a')}`,
      ['4: schedules[2].id duplicate_schedule'],
    ],
    [
      'with an id twice, though both schedules are wrong',
      'schedules:\n  - id: a\n    pools: [p]\n  - id: a\n    message: m\n    cron: "0 18 * * *"\n',
      [
        '2: schedules[0].message required',
        '2: schedules[0] cron_or_at',
        '4: schedules[1].pools required',
        '4: schedules[1].id duplicate_schedule',
      ],
    ],
    [
      'with a field that every object has',
      'schedules: []\n__proto__: { polluted: true }\n',
      ['2: __proto__ unknown_field'],
    ],
  ])('%s', (_, text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  it('naming both lines of an id that is used twice', () => {
    const { problems, definitions } = parse(`schedules:\n${row('a')}${row('b')}${row('a')}`);
    expect(problems[0]?.message).toContain('lines 2 and 4');
    expect(definitions.map(({ id }) => id)).toEqual(['a', 'b', 'a']);
  });

  it('naming the first line of a field that is written twice', () => {
    expect(parse('schedules: []\n\nschedules: []\n').problems).toMatchObject([
      { line: 3, path: 'schedules', params: { firstLine: 1 } },
    ]);
  });

  it('only beyond 5,000 schedules', () => {
    const rows = (count: number) => Array.from({ length: count }, (_, i) => row(`s${i}`)).join('');
    expect(parse(`schedules:\n${rows(1_000)}`).problems).toEqual([]);
    expect(parse(`schedules:\n${'  - x\n'.repeat(5_001)}`).problems).toMatchObject([{ code: 'list_length' }]);
  });

  it('without losing the good schedules beside the bad ones', () => {
    const { definitions, problems } = parse(`schedules:\n${row('a')}  - id: B\n${row('c')}`);
    expect(definitions.map(({ id }) => id)).toEqual(['a', 'c']);
    expect(problems.length).toBeGreaterThan(0);
  });

  it.each([
    ['is too large', `# ${'x'.repeat(1_000_000)}`, 'file_large'],
    ['is nested too deeply', '['.repeat(3_000), 'file_syntax'],
    ['uses many aliases', `a: &a x\nb: [${'*a,'.repeat(101)}]`, 'file_aliases'],
    [
      'makes much of little by aliases of aliases',
      Array.from(
        { length: 9 },
        (_, i) => `a${i}: &a${i} [${Array(9).fill(i === 0 ? 'x' : `*a${i - 1}`)}]`,
      ).join('\n'),
      'file_syntax',
    ],
  ])('when it %s', (_, text, code) => {
    const { definitions, problems } = parse(text);
    expect(definitions).toEqual([]);
    expect(problems.length).toBeLessThanOrEqual(20);
    expect(problems[0]).toMatchObject({ code, line: expect.any(Number) });
  });
});
