import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countCharacters } from '../../../lib/domain/input/characters.ts';
import { placeholders, tellsOfEvent } from '../../../lib/domain/message/message.ts';
import { longestLength, renderMessage } from '../../../lib/domain/schedule/render.ts';
import { problemsOfNotice } from '../../../lib/domain/table/definition-texts.ts';
import { minute, second } from '../../../lib/domain/time/instant.ts';
import { aDefinition, anInput, at, read, told } from '../table/a-definition.ts';

const eventAt = at('2026-12-05T14:30:00Z');

describe('a message', () => {
  it.each([
    ['eventTime', '22:30'],
    ['eventDate', 'December 5, 2026'],
    ['timeLeft', '15 minutes'],
    ['minutesLeft', '15'],
    ['pool', 'finance'],
    ['schedule', 'eod'],
  ])('shows {{%s}}', (name, shown) => {
    const definition = aDefinition({
      timeZone: 'Asia/Shanghai',
      message: `a {{${name}}} b {{  ${name} }} c`,
    });
    const text = renderMessage(definition, { eventAt, leadSeconds: 0 }, 'finance', eventAt - 15 * minute);
    expect(text).toBe(`a ${shown} b ${shown} c`);
  });

  it.each([
    ['zh-CN', '您将在15分钟后（22:30）被注销'],
    ['ar', '15 دقيقة'],
  ])('is said in the locale of its schedule: %s', (locale, text) => {
    const message = locale === 'ar' ? '{{timeLeft}}' : '您将在{{timeLeft}}后（{{eventTime}}）被注销';
    const definition = aDefinition({ timeZone: 'Asia/Shanghai', locale, message });
    expect(renderMessage(definition, { eventAt, leadSeconds: 0 }, 'p', eventAt - 15 * minute)).toBe(text);
  });

  it('tells the time that is left at the moment of sending, not the lead time', () => {
    const definition = aDefinition({ leadTimes: ['15m'], message: '{{timeLeft}}, {{minutesLeft}} min' });
    const textAfter = (lateMs: number) =>
      renderMessage(definition, { eventAt, leadSeconds: 900 }, 'p', eventAt - 15 * minute + lateMs);
    expect(textAfter(2 * second)).toBe('15 minutes, 15 min');
    expect(textAfter(5 * minute)).toBe('10 minutes, 10 min');
    expect(textAfter(15 * minute + 3 * second)).toBe('now, 0 min');
  });

  it('renders each text in its own locale and joins them by a blank line', () => {
    const definition = aDefinition({
      message: [
        { locale: 'zh-cn', text: '还有{{timeLeft}}。\n' },
        { locale: 'es', text: 'Quedan {{timeLeft}}.' },
      ],
    });
    const text = renderMessage(definition, { eventAt, leadSeconds: 0 }, 'p', eventAt - 10 * minute);
    expect(text).toBe('还有10分钟。\n\nQuedan 10 minutos.');
  });

  it('is the own text of the lead time where there is one', () => {
    const definition = aDefinition({
      message: 'general',
      leadTimes: ['1h', { before: '15m', message: [{ locale: 'de', text: 'eigener' }] }],
    });
    expect(renderMessage(definition, { eventAt, leadSeconds: 3_600 }, 'p', eventAt)).toBe('general');
    expect(renderMessage(definition, { eventAt, leadSeconds: 900 }, 'p', eventAt)).toBe('eigener');
  });

  it('takes a pool name as it is, whatever it looks like', () => {
    const definition = aDefinition({ message: '{{pool}}' });
    const names = ['{{timeLeft}}', "$& $1 $' $$", '资源池'];
    expect(
      names.map((name) => renderMessage(definition, { eventAt, leadSeconds: 0 }, name, eventAt)),
    ).toEqual(names);
  });

  it('shows the local time that the clocks repeat or skip as the wall shows it', () => {
    const definition = aDefinition({ timeZone: 'Europe/Berlin', message: '{{eventTime}}' });
    const shown = ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '2026-03-29T01:00:00Z'].map((iso) =>
      renderMessage(definition, { eventAt: at(iso), leadSeconds: 0 }, 'p', at(iso)),
    );
    expect(shown).toEqual(['02:30', '02:30', '03:00']);
  });

  it('is never longer than the limit under which it was accepted', () => {
    const part = fc.oneof(
      fc.constantFrom(...placeholders).map((name) => `{{${name}}}`),
      fc.string({ unit: fc.constantFrom('a', ' ', '保', '😀', '\n'), maxLength: 12 }),
    );
    const message = fc.array(part, { minLength: 1, maxLength: 8 }).map((parts) => `x${parts.join('')}`);
    const locale = fc.constantFrom('zh-CN', 'es', 'pt-BR', 'en', 'de', 'tr', 'ar');
    const lead = fc.constantFrom('0m', '2m', '45m', '3h', '25h', '28d');
    const lateMs = fc.nat({ max: 5 * minute });
    fc.assert(
      fc.property(
        message,
        locale,
        lead,
        lateMs,
        fc.nat({ max: 20_000 }),
        (text, tag, leadTime, late, days) => {
          const changes = { message: text, locale: tag, leadTimes: [leadTime], pools: ['p', 'longest-pool'] };
          const limit = 60;
          const { definition } = read(anInput(changes), { messageLimit: limit });
          fc.pre(definition !== undefined);
          const [leadSeconds = 0] = [0, 120, 2_700, 10_800, 90_000, 2_419_200].filter(
            (_, index) => ['0m', '2m', '45m', '3h', '25h', '28d'][index] === leadTime,
          );
          const event = days * 1_440 * minute;
          const sentAt = event - leadSeconds * second + late;
          const sent = renderMessage(definition, { eventAt: event, leadSeconds }, 'longest-pool', sentAt);
          expect(countCharacters(sent)).toBeLessThanOrEqual(limit);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a message is refused', () => {
  it.each([
    ['when it is empty', '', ['message text_empty']],
    ['when it is blank', ' \n 　 ', ['message text_empty']],
    ['with an unknown name', 'in {{timeleft}}', ['message unknown_placeholder']],
    ['with more than a name in braces', '{{ timeLeft | upper }}', ['message unknown_placeholder']],
    ['with nothing in braces', '{{}}', ['message unknown_placeholder']],
    ['with an opening left over', 'in {{timeLeft', ['message stray_braces']],
    ['with a closing left over', 'in timeLeft}}', ['message stray_braces']],
    ['with braces inside braces', '{{ {{timeLeft}} }}', ['message stray_braces']],
    ['with a tab', 'a\tb', ['message control_character']],
    ['with a carriage return', 'a\r\nb', ['message control_character']],
    ['with an escape', 'a\u001b[31m', ['message control_character']],
    ['with half a character', 'a\ud83d', ['message control_character']],
    ['as a number', 5, ['message wrong_kind']],
    ['as null', null, ['message wrong_kind']],
    ['when it is left out', undefined, ['message required']],
    ['as an empty list', [], ['message list_length']],
    ['as a list of texts', ['a'], ['message[0] wrong_kind']],
    ['without its locale', [{ text: 'a' }], ['message[0].locale required']],
    ['without its text', [{ locale: 'en' }], ['message[0].text required']],
    ['in a language without data', [{ locale: 'tlh', text: 'a' }], ['message[0].locale unknown_locale']],
    [
      'with a locale twice, however it is spelled',
      [
        { locale: 'zh-CN', text: 'a' },
        { locale: 'zh-cn', text: 'b' },
      ],
      ['message[1].locale written_twice'],
    ],
    [
      'with all that is wrong at once',
      [
        { locale: 'en', text: '{{a}} {{b}} }}' },
        { locale: 'x y', text: '' },
      ],
      [
        'message[0].text unknown_placeholder',
        'message[0].text unknown_placeholder',
        'message[0].text stray_braces',
        'message[1].locale malformed_locale',
        'message[1].text text_empty',
      ],
    ],
  ])('%s', (_, message, problems) => {
    expect(told(read(anInput({ message })).problems)).toEqual(problems);
  });

  it.each([
    ['😀😀 {{timeleft}}', { found: 'timeleft', position: 4, hint: 'timeLeft' }],
    ['{{pool}} {{colour}}', { found: 'colour', position: 10 }],
  ])('with the place of an unknown name: %s', (message, params) => {
    expect(read(anInput({ message })).problems[0]?.params).toMatchObject(params);
  });

  it('with the place of a stray brace', () => {
    expect(read(anInput({ message: '😀{{pool}} }}' })).problems[0]?.params).toEqual({
      found: '}}',
      position: 11,
    });
  });

  it.each([
    ['of exactly the limit', 'x'.repeat(400), 400, []],
    ['one character longer', 'x'.repeat(401), 400, ['message text_too_long']],
    ['counted in characters, not in UTF-16', '😀'.repeat(400), 400, []],
    [
      'by a placeholder that takes more room when it is filled in',
      `${'x'.repeat(395)}{{pool}}`,
      400,
      ['message text_too_long'],
    ],
    ['by a placeholder that takes less', `${'x'.repeat(395)}{{minutesLeft}}`, 400, []],
    ['under another limit', 'x'.repeat(11), 10, ['message text_too_long']],
  ])('by its length: %s', (_, message, messageLimit, problems) => {
    expect(told(read(anInput({ message }), { messageLimit }).problems)).toEqual(problems);
  });

  it('by the length of all its languages together', () => {
    const message = [
      { locale: 'en', text: 'x'.repeat(200) },
      { locale: 'es', text: 'x'.repeat(199) },
    ];
    expect(told(read(anInput({ message })).problems)).toEqual(['message text_too_long']);
  });

  it('by the longest of its pools', () => {
    const changes = { message: `{{pool}}${'x'.repeat(390)}`, pools: ['a', 'a-pool-of-eleven'] };
    expect(read(anInput(changes)).problems[0]?.params).toEqual({ length: 406, limit: 400 });
  });

  it('at the place of the lead time that carries it', () => {
    const leadTimes = ['1h', { before: '15m', message: 'x'.repeat(401) }];
    expect(told(read(anInput({ leadTimes })).problems)).toEqual(['leadTimes[1].message text_too_long']);
  });
});

it('keeps line breaks in a message, but for those at its end', () => {
  expect(aDefinition({ message: 'a\n\nb\n\n' }).message).toBe('a\n\nb');
});

describe('the greatest length of a message', () => {
  const speaker = { id: 'eod', locale: 'en', pools: ['finance'] };

  it.each([
    ['{{timeLeft}}', '1 hour, 59 minutes'],
    ['{{eventDate}}', 'September 30, 2026'],
    ['{{minutesLeft}}', '120'],
  ])('of %s has room for "%s" two hours before the event', (message, said) => {
    expect(longestLength(message, speaker, 7_200)).toBeGreaterThanOrEqual(said.length);
  });

  it('counts the earliest of the lead times, wherever it is written', () => {
    const message = `${'x'.repeat(390)}{{timeLeft}}`;
    const places = [['2h', '0m'], ['0m', '2h'], ['0m']].map((leadTimes) =>
      told(read(anInput({ leadTimes, message })).problems),
    );
    expect(places).toEqual([['message text_too_long'], ['message text_too_long'], []]);
  });

  it('of a text that an act sends counts an event that is weeks ahead', () => {
    const definition = aDefinition({ message: 'Bye' });
    expect(told(problemsOfNotice(definition, 'In {{timeLeft}}', 15, 'notify'))).toEqual([
      'notify text_too_long',
    ]);
    expect(problemsOfNotice(definition, 'In {{timeLeft}}', 40, 'notify')).toEqual([]);
  });
});

it('warns of one text for several lead times unless it tells the time left in every language', () => {
  const warningsOf = (german: string) =>
    told(
      read(
        anInput({
          leadTimes: ['1h', '10m'],
          message: [
            { locale: 'en', text: 'In {{timeLeft}}' },
            { locale: 'de', text: german },
          ],
        }),
      ).warnings,
    );
  expect(warningsOf('Bald')).toEqual(['message same_text']);
  expect(warningsOf('In {{minutesLeft}} min')).toEqual([]);
});

it.each([
  ['{{pool}} and {{schedule}}', false],
  ['{{pool}} at {{eventTime}}', true],
  ['in {{timeLeft}}', true],
])('"%s" is only true of a certain event: %s', (message, isTold) => {
  expect(tellsOfEvent(message)).toBe(isTold);
});
