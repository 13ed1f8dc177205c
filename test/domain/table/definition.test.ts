import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../lib/domain/codes/problems.ts';
import { aDefinition, anInput, at, read, told } from './a-definition.ts';

const calendars = { 'cn-holidays': { exclude: ['2026-10-01..2026-10-07'], include: ['2026-10-10'] } };

describe('a schedule', () => {
  it('needs no more than id, pools, when and message; the rest has defaults', () => {
    const { definition, problems, warnings } = read({
      id: 'a',
      pools: ['p'],
      cron: '0 18 * * 1-5',
      message: 'm',
    });
    expect([problems, warnings]).toEqual([[], []]);
    expect(definition).toEqual({
      id: 'a',
      connection: 'default',
      pools: ['p'],
      cron: '0 18 * * 1-5',
      timeZone: 'UTC',
      leadTimes: ['0m'],
      message: 'm',
      locale: 'en',
      calendars: [],
      maxLateness: '5m',
      enabled: true,
    });
  });

  it('is kept complete and in one spelling', () => {
    const input = {
      id: 'a',
      description: 'two\nlines',
      connection: 'default',
      pools: [' finance ', '财务'],
      at: '2026-12-05T22:00:00',
      timeZone: 'america/sao_paulo',
      leadTimes: ['24h', { before: '60s', message: 'own\n' }],
      message: 'm\n',
      locale: 'pt-br',
      startAt: '2026-01-01T00:00+08:00',
      endAt: '2027-01-01T00:00:00Z',
      calendars: ['cn-holidays', { name: 'own', exclude: ['2026-12-24'] }],
      maxLateness: '60m',
      enabled: false,
    };
    expect(aDefinition({ ...input, cron: undefined }, { calendars })).toEqual({
      ...input,
      pools: ['finance', '财务'],
      at: '2026-12-05T22:00',
      timeZone: 'America/Sao_Paulo',
      leadTimes: ['1d', { before: '1m', message: 'own' }],
      message: 'm',
      locale: 'pt-BR',
      startAt: '2025-12-31T16:00:00.000Z',
      endAt: '2027-01-01T00:00:00.000Z',
      calendars: [
        { name: 'cn-holidays', ...calendars['cn-holidays'] },
        { name: 'own', exclude: ['2026-12-24'], include: [] },
      ],
      maxLateness: '1h',
    });
  });

  it('takes zone and locale from the defaults, unless it names its own', () => {
    const defaults = { timeZone: 'Asia/Shanghai', locale: 'zh-CN' };
    expect(aDefinition({}, { defaults })).toMatchObject(defaults);
    expect(aDefinition({ timeZone: 'Asia/Tokyo', locale: 'ja' }, { defaults })).toMatchObject({
      timeZone: 'Asia/Tokyo',
      locale: 'ja',
    });
  });

  it('is not taken with a default that is wrong', () => {
    const defaults = { timeZone: 'Beijing', locale: 'xx' };
    expect(told(read(anInput(), { defaults }).problems)).toEqual([
      'timeZone zone_unknown',
      'locale unknown_locale',
    ]);
  });

  it('reads what it prints, and prints the same again', () => {
    const text = fc.string({
      minLength: 1,
      maxLength: 30,
      unit: fc.constantFrom('a', 'é', '保', '😀', ' ', '\n', '{'),
    });
    const template = text.map((words) => `x${words.replaceAll('{{', '')} {{timeLeft}}`);
    const message = fc.oneof(
      template,
      fc.tuple(template, template).map(([de, tr]) => [
        { locale: 'de', text: de },
        { locale: 'TR', text: tr },
      ]),
    );
    const leadTime = (seconds: number, own: unknown) =>
      own === undefined ? `${seconds}s` : { before: `${seconds}s`, message: own };
    const leadTimes = fc
      .uniqueArray(fc.tuple(fc.nat({ max: 40_320 }), fc.option(message, { nil: undefined })), {
        selector: ([minutes]) => minutes,
        minLength: 1,
        maxLength: 10,
      })
      .map((entries) => entries.map(([minutes, own]) => leadTime(minutes * 60, own)));
    const trigger = fc.oneof(
      fc.constantFrom('0 18 * * 1-5', '@daily', '*/5 8-17 * * *').map((cron) => ({ cron })),
      fc
        .constantFrom('2026-12-05T22:00', '2026-12-05T22:00:05')
        .map((localTime) => ({ cron: undefined, at: localTime })),
    );
    const others = fc.record(
      {
        description: text,
        pools: fc.uniqueArray(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 1, maxLength: 5 }),
        timeZone: fc.constantFrom('Asia/Shanghai', 'america/sao_paulo', 'UTC'),
        locale: fc.constantFrom('zh-cn', 'es', 'PT-BR'),
        leadTimes,
        startAt: fc.constantFrom('2026-01-01T00:00Z', '2026-01-01T00:00:00.5+08:00'),
        endAt: fc.constant('2027-01-01T00:00Z'),
        calendars: fc.constantFrom(
          [],
          ['cn-holidays'],
          [{ name: 'x', include: ['2026-10-10'] }, 'cn-holidays'],
        ),
        maxLateness: fc.integer({ min: 60, max: 86_400 }).map((seconds) => `${seconds}s`),
        enabled: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(trigger, message, others, (when, words, rest) => {
        const definition = aDefinition(
          { ...when, message: words, ...rest },
          { calendars, messageLimit: 2_000 },
        );
        const printed: unknown = JSON.parse(JSON.stringify(definition));
        expect(printed).toEqual(definition);
        // Calendars are inlined, so that none need be known.
        expect(read(printed, { messageLimit: 2_000 }).definition).toEqual(definition);
      }),
    );
  });
});

describe('a schedule is refused', () => {
  const long = (length: number) => 'x'.repeat(length);
  const many = (length: number) => Array.from({ length }, (_, index) => `p${index}`);

  it.each<[string, Record<string, unknown>, string[]]>([
    ['without id', { id: undefined }, ['id required']],
    ['with an empty id', { id: '' }, ['id schedule_id']],
    ['with capitals in its id', { id: 'Eod' }, ['id schedule_id']],
    ['with a line break in its id', { id: 'eod\n' }, ['id schedule_id']],
    ['with an id of 65', { id: long(65) }, ['id schedule_id']],
    ['with a number as id', { id: 7 }, ['id wrong_kind']],
    ['with a description of 501', { description: long(501) }, ['description text_length']],
    ['with a null description', { description: null }, ['description wrong_kind']],
    ['with an escape in its description', { description: '\u0007' }, ['description control_character']],
    ['with another connection', { connection: 'prod' }, ['connection unknown_connection']],
    ['without pools', { pools: undefined }, ['pools required']],
    ['with no pool in its list', { pools: [] }, ['pools list_length']],
    ['with 101 pools', { pools: many(101) }, ['pools list_length']],
    ['with one pool outside a list', { pools: 'finance' }, ['pools wrong_kind']],
    ['with a blank pool', { pools: ['a', ' '] }, ['pools[1] text_length']],
    ['with a pool of 256', { pools: [long(256)] }, ['pools[0] text_length']],
    ['with a number as pool', { pools: [12] }, ['pools[0] wrong_kind']],
    ['with a line break in a pool', { pools: ['a\nb'] }, ['pools[0] control_character']],
    [
      'with a pool twice',
      { pools: ['a', 'b', 'a ', 'b'] },
      ['pools[2] written_twice', 'pools[3] written_twice'],
    ],
    ['with neither cron nor at', { cron: undefined }, [' cron_or_at']],
    ['with both cron and at', { at: '2026-12-05T22:00' }, [' cron_or_at']],
    ['with a bad cron', { cron: '0 18 * *' }, ['cron cron_field_count']],
    ['with a list as cron', { cron: ['0 18 * * *'] }, ['cron wrong_kind']],
    ['at a day that does not exist', { cron: undefined, at: '2026-02-30T10:00' }, ['at not_a_local_time']],
    ['at a day without a time', { cron: undefined, at: '2026-12-05' }, ['at not_a_local_time']],
    ['at an instant', { cron: undefined, at: '2026-12-05T22:00Z' }, ['at local_time_with_zone']],
    [
      'at a time with an offset',
      { cron: undefined, at: '2026-12-05T22:00-03:00' },
      ['at local_time_with_zone'],
    ],
    ['in a zone that does not exist', { timeZone: 'Asia/Peking' }, ['timeZone zone_unknown']],
    ['in a zone of another kind', { timeZone: 8 }, ['timeZone wrong_kind']],
    ['with no lead time in its list', { leadTimes: [] }, ['leadTimes list_length']],
    ['with 11 lead times', { leadTimes: many(11).map((_, index) => `${index}h`) }, ['leadTimes list_length']],
    ['with one lead time outside a list', { leadTimes: '15m' }, ['leadTimes wrong_kind']],
    ['with a number as lead time', { leadTimes: [15] }, ['leadTimes[0] wrong_kind']],
    ['with a null lead time', { leadTimes: [null] }, ['leadTimes[0] wrong_kind']],
    ['with a lead time without unit', { leadTimes: ['15'] }, ['leadTimes[0] not_a_duration']],
    ['with a lead time over 28 days', { leadTimes: ['2419201s'] }, ['leadTimes[0] duration_range']],
    ['with equal lead times', { leadTimes: ['60m', '1h'] }, ['leadTimes[1] lead_times_close']],
    ['with lead times 59 s apart', { leadTimes: ['2m', '61s'] }, ['leadTimes[1] lead_times_close']],
    [
      'with lead times that only together are too close',
      { leadTimes: [{ before: '2m', message: 'a' }, '10m', '120s'] },
      ['leadTimes[2] lead_times_close'],
    ],
    [
      'with a lead time that lacks its own message',
      { leadTimes: [{ before: '2m' }] },
      ['leadTimes[0].message required'],
    ],
    [
      'with an own message for no lead time',
      { leadTimes: [{ message: 'a' }] },
      ['leadTimes[0].before required'],
    ],
    [
      'with an unknown field in a lead time',
      { leadTimes: [{ before: '2m', text: 'a' }] },
      ['leadTimes[0].text unknown_field', 'leadTimes[0].message required'],
    ],
    ['with a malformed locale', { locale: 'zh_CN' }, ['locale malformed_locale']],
    ['with a locale without data', { locale: 'tlh' }, ['locale unknown_locale']],
    ['starting without a zone', { startAt: '2026-01-01T00:00' }, ['startAt not_an_instant']],
    ['ending on a mere date', { endAt: '2026-01-01' }, ['endAt not_an_instant']],
    [
      'ending when it starts',
      { startAt: '2026-01-01T08:00:00+08:00', endAt: '2026-01-01T00:00:00Z' },
      ['endAt end_before_start'],
    ],
    ['with an unknown calendar', { calendars: ['cn'] }, ['calendars[0] unknown_calendar']],
    [
      'with what every object has as calendar',
      { calendars: ['constructor'] },
      ['calendars[0] unknown_calendar'],
    ],
    [
      'with a calendar twice',
      { calendars: ['cn-holidays', { name: 'cn-holidays' }] },
      ['calendars[1] written_twice'],
    ],
    ['with a calendar without a name', { calendars: [{ exclude: [] }] }, ['calendars[0].name required']],
    ['with a number as calendar', { calendars: [1] }, ['calendars[0] wrong_kind']],
    ['with 21 calendars', { calendars: many(21) }, ['calendars list_length']],
    ['with a lateness under a minute', { maxLateness: '59s' }, ['maxLateness duration_range']],
    ['with a lateness over a day', { maxLateness: '1441m' }, ['maxLateness duration_range']],
    ['with a number as lateness', { maxLateness: 5 }, ['maxLateness wrong_kind']],
    ['with a word for true', { enabled: 'yes' }, ['enabled wrong_kind']],
    ['with an unknown field', { colour: 1 }, ['colour unknown_field']],
  ])('%s', (_, changes, problems) => {
    expect(told(read(anInput(changes), { calendars }).problems)).toEqual(problems);
  });

  it.each([undefined, null, 'eod', 7, true, [], [{}]])('when it is %j', (input) => {
    const { definition, problems } = read(input, { path: 'schedules[3]' });
    expect(definition).toBeUndefined();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ path: 'schedules[3]' });
  });

  it.each<[string, Record<string, unknown>]>([
    ['a lead time of 28 days', { leadTimes: ['28d', '0m'] }],
    ['lead times 60 s apart', { leadTimes: ['2m', '60s'] }],
    ['a lateness of a minute', { maxLateness: '60s' }],
    ['a lateness of a day', { maxLateness: '24h' }],
    ['100 pools', { pools: many(100) }],
    ['a pool of 255', { pools: [long(255)] }],
    ['an id of 64', { id: long(64) }],
    ['a description of 500', { description: long(500) }],
    [
      'an end a millisecond after its start',
      { startAt: '2026-01-01T00:00:00Z', endAt: '2026-01-01T00:00:00.001Z' },
    ],
  ])('but not for %s', (_, changes) => {
    expect(read(anInput(changes)).problems).toEqual([]);
  });

  it('for everything that is wrong at once, each at its place in the file', () => {
    const input = { id: 'A', pool: ['a'], cron: 'x', leadTimes: ['1'], maxLateness: '2d', enabled: 0 };
    expect(told(read(input, { path: 'schedules[3]' }).problems)).toEqual([
      'schedules[3].pool unknown_field',
      'schedules[3].id schedule_id',
      'schedules[3].pools required',
      'schedules[3].cron cron_field_count',
      'schedules[3].leadTimes[0] not_a_duration',
      'schedules[3].message required',
      'schedules[3].maxLateness duration_range',
      'schedules[3].enabled wrong_kind',
    ]);
  });

  it.each([
    ['timezone', 'timeZone'],
    ['lead_times', 'leadTimes'],
    ['leadTime', 'leadTimes'],
    ['pool', 'pools'],
    ['crons', 'cron'],
    ['colour', undefined],
  ])('with a hint for the unknown field %s: %s', (field, hint) => {
    const { problems } = read(anInput({ [field]: 1 }));
    expect(problems[0]?.params).toEqual(hint === undefined ? {} : { hint });
  });

  it('with a hint for a calendar that was nearly named', () => {
    expect(read(anInput({ calendars: ['cn-holiday'] }), { calendars }).problems[0]?.params).toEqual({
      found: 'cn-holiday',
      hint: 'cn-holidays',
    });
  });

  it('when it takes more than 64 kB with its calendars', () => {
    const dates = Array.from({ length: 400 }, () => '2026-10-01..2026-10-07');
    const calendarsOf = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ name: `c${index}`, exclude: dates, include: dates }));
    expect(told(read(anInput({ calendars: calendarsOf(3) })).problems)).toEqual([]);
    expect(told(read(anInput({ calendars: calendarsOf(4) })).problems)).toEqual([' definition_large']);
  });

  it('without repeating a huge value', () => {
    const huge = 'y'.repeat(100_000);
    const input = anInput({ [huge]: 1, leadTimes: [huge], startAt: huge, locale: huge, calendars: [huge] });
    const { problems } = read(input);
    expect(problems).toHaveLength(5);
    expect(JSON.stringify(problems).length).toBeLessThan(5_000);
  });

  it('without telling of each of thousands of mistakes', () => {
    const fields = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`field${index}`, 1]));
    const { problems } = read(anInput({ ...fields, message: '{{x}}'.repeat(50_000) }));
    expect(problems.length).toBeLessThan(40);
  });

  it('never by throwing, whatever it is made of', () => {
    const fields = [
      'id',
      'pools',
      'cron',
      'at',
      'timeZone',
      'leadTimes',
      'message',
      'locale',
      'calendars',
      'endAt',
    ];
    const anything = fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true });
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...fields), anything), (changes) => {
        const { definition, problems } = read({ ...anInput(), ...changes });
        expect(definition === undefined).toBe(problems.length > 0);
        expect(problems.every(({ message }: Problem) => message.length > 5)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a usable schedule is warned of', () => {
  const warningsOf = (changes: Record<string, unknown>, nowIso = '2026-09-01T00:00:00Z') =>
    told(read(anInput(changes), { now: at(nowIso) }).warnings);
  const once = { cron: undefined, at: '2026-12-05T22:00', leadTimes: ['1d', '15m', '0m'] };

  it.each<[string, Record<string, unknown>, string[]]>([
    ['a text over 255', { message: 'x'.repeat(256) }, ['message text_long']],
    ['a text of 255', { message: 'x'.repeat(255) }, []],
    ['a time without its zone', { message: 'Restart at 22:00.' }, ['message clock_without_zone']],
    [
      'such a time in one of several languages',
      {
        message: [
          { locale: 'en', text: 'Soon' },
          { locale: 'zh-CN', text: '22点重启' },
        ],
      },
      ['message[1].text clock_without_zone'],
    ],
    ['a date that is past', { message: 'Patch of 2026-08-31' }, ['message date_past']],
    ['a date that is past, in Chinese', { message: '2026年8月31日' }, ['message date_past']],
    ["today's date", { message: 'Patch of 2026-09-01' }, []],
    [
      'the same text for two lead times',
      { leadTimes: ['1h', '10m'], message: 'soon' },
      ['message same_text'],
    ],
    ['a text that tells the time left', { leadTimes: ['1h', '10m'], message: 'in {{ minutesLeft }}' }, []],
    [
      'one language that does not tell it',
      {
        leadTimes: ['1h', '10m'],
        message: [
          { locale: 'en', text: '{{timeLeft}}' },
          { locale: 'es', text: 'pronto' },
        ],
      },
      ['message same_text'],
    ],
    [
      'an own text for each lead time',
      { leadTimes: ['1h', { before: '5m', message: 'now' }], message: 'soon' },
      [],
    ],
    ['a schedule that is not enabled', { enabled: false }, ['enabled disabled']],
    ['no event to come', { endAt: '2026-08-01T00:00:00Z' }, [' never_fires']],
    ['a day that never comes', { cron: '0 0 30 2 *' }, [' never_fires']],
    ['an event outside its own span', { ...once, endAt: '2026-12-01T00:00:00Z' }, [' never_fires']],
  ])('%s', (_, changes, warnings) => {
    expect(warningsOf(changes)).toEqual(warnings);
  });

  it.each([
    ['2026-12-04T21:59:00Z', []],
    ['2026-12-04T22:00:04.999Z', []],
    ['2026-12-04T22:00:05Z', ['leadTimes[0] lead_time_past']],
    ['2026-12-05T22:00:04Z', ['leadTimes[0] lead_time_past', 'leadTimes[1] lead_time_past']],
    ['2026-12-05T22:00:05Z', ['at event_past']],
  ])('what is past at %s', (nowIso, warnings) => {
    expect(warningsOf(once, nowIso)).toEqual(warnings);
  });

  it.each([
    // 02:00 to 03:00 does not exist, 01:00 to 02:00 comes twice.
    [
      '2027-03-14T02:30',
      'America/New_York',
      ['local_time_skipped', { instead: '2027-03-14T03:00' }, '2027-03-14T07:00:00.000Z'],
    ],
    ['2027-03-14T03:00', 'America/New_York', []],
    ['2026-11-01T00:59', 'America/New_York', []],
    [
      '2026-11-01T01:00',
      'America/New_York',
      ['local_time_repeated', { again: '2026-11-01T06:00:00.000Z' }, '2026-11-01T05:00:00.000Z'],
    ],
    [
      '2026-11-01T01:59:59',
      'America/New_York',
      ['local_time_repeated', { again: '2026-11-01T06:59:59.000Z' }, '2026-11-01T05:59:59.000Z'],
    ],
    ['2026-11-01T02:00', 'America/New_York', []],
    // By half an hour.
    [
      '2027-04-04T01:45',
      'Australia/Lord_Howe',
      ['local_time_repeated', { again: '2027-04-03T15:15:00.000Z' }, '2027-04-03T14:45:00.000Z'],
    ],
    ['2026-11-01T01:30', 'UTC', []],
  ])('%s in %s', (when, timeZone, expected) => {
    const { warnings } = read(anInput({ ...once, at: when, timeZone, leadTimes: ['0m'] }));
    expect(warnings.flatMap(({ code, params, at: instant }) => [code, params, instant])).toEqual(expected);
    expect(warnings.map(({ path }) => path)).toEqual(expected.length === 0 ? [] : ['at']);
  });

  it('with the instant that is past', () => {
    const { warnings } = read(anInput({ ...once, timeZone: 'Asia/Shanghai' }), {
      now: at('2026-12-05T10:00:00Z'),
    });
    expect(warnings.map((one) => one.at)).toEqual(['2026-12-04T14:00:00.000Z']);
  });

  it.each([
    'Restart at 22:00.',
    'Restart at 9:05',
    'at 10 pm',
    'at 10 a.m.',
    'às 22h',
    'às 22h30.',
    'um 9.30 Uhr',
    '晚上10点',
    '22时重启',
    'from 21:00-22:00',
    'IT restarts it at 22:00, you MUST log off',
  ])('the time in "%s"', (message) => {
    expect(warningsOf({ message })).toEqual(['message clock_without_zone']);
  });

  it.each([
    'Restart at 22:00 UTC.',
    'at 22:00 (GMT+8)',
    'at 22:00+08:00',
    'at 22:00 Asia/Shanghai',
    'at 10 pm CST',
    '北京时间22:00',
    'às 22h, horário de Brasília',
    'at {{eventTime}}',
    'version 10.30 of Office',
    '3 hours, 5 h ago',
    'take 30 minutes',
  ])('nothing in "%s"', (message) => {
    expect(warningsOf({ message })).toEqual([]);
  });
});
