import { describe, expect, it } from 'vitest';
import { HuaweiCredentialsError } from '../../../lib/domain/codes/errors.ts';
import { hour, minute, second } from '../../../lib/domain/time/instant.ts';
import { start } from '../../rig.ts';
import { aSchedule, createApi, type Sent, storedRows } from '../api-rig.ts';

const path = '/v1/schedules/patch';
const eventAt = '2026-11-24T10:00:00.000Z';
const event = Date.parse(eventAt);
const reason = 'The patch is late.';

/** Daily at 10:00, with warnings 30 and 10 minutes before; acted on by an operator. */
async function anApi(fields: Record<string, unknown> = {}) {
  const api = createApi();
  await api.prove();
  const usual = {
    cron: '0 10 * * *',
    leadTimes: ['30m', '10m'],
    message: '{{eventTime}} in {{minutesLeft}}',
  };
  await api.call('PUT', path, { body: aSchedule({ ...usual, ...fields }) });
  return {
    ...api,
    act: (what: string, body?: unknown, sent: Sent = {}) =>
      api.call('POST', `${path}/${what}`, { as: 'operator', body, ...sent }),
    status: async () => (await api.call('GET', path)).body.status,
    texts: () => api.workspace.sent.map(({ text }) => text),
    store: () => storedRows(api),
  };
}

const acts: [what: string, body: Record<string, unknown>][] = [
  ['pause', { reason }],
  ['resume', { reason, eventAt }],
  ['skip', { reason, eventAt }],
  ['postpone', { reason, eventAt, by: '1h' }],
  ['send', { reason }],
];

/** The API with an event that can be resumed, and otherwise as it was. */
async function anApiFor(what: string) {
  const api = await anApi();
  if (what === 'resume') await api.act('skip', { reason, eventAt });
  return { ...api, rev: what === 'resume' ? 2 : 1 };
}

describe('every act', () => {
  it.each(acts)('%s answers what goes out, who was warned, and the new revision', async (what, body) => {
    const { act, runUntil, rev } = await anApiFor(what);
    await runUntil(start + minute);
    const answer = await act(what, body);
    expect(answer).toMatchObject({ status: 200, headers: { ETag: `"${rev + 1}"` } });
    const told = { timeZone: 'UTC', goingOut: [], alreadyWarned: [], notified: [] };
    const event = what === 'pause' ? {} : { eventAt };
    const moved = what === 'postpone' ? { movedTo: new Date(Date.parse(eventAt) + hour).toISOString() } : {};
    expect(answer.body).toEqual({ rev: rev + 1, ...event, ...moved, ...told, warnings: [] });
  });

  it.each(acts)('%s is on record with who, when, why', async (what, body) => {
    const { act, call } = await anApiFor(what);
    await act(what, body);
    const { items } = (await call('GET', '/v1/audit?limit=1')).body;
    expect(items).toMatchObject([
      { scheduleId: 'patch', at: '2026-11-24T09:00:00.000Z', who: 'a-operator', what, why: reason },
    ]);
  });

  it.each(acts)('%s as a dry run changes nothing, not even the revision', async (what, body) => {
    const { act, store, rev } = await anApiFor(what);
    const before = store();
    const answer = await act(what, { ...body, dryRun: true });
    expect(answer).toMatchObject({ status: 200, headers: { ETag: `"${rev}"` }, body: { rev } });
    expect(store()).toBe(before);
  });

  it.each(acts)('%s meets the revision that If-Match names, and no other', async (what, body) => {
    const { act, store, runUntil, rev } = await anApiFor(what);
    await runUntil(start + 20 * second);
    const before = store();
    for (const tag of ['"7"', 'W/"1"', '"x"'])
      expect((await act(what, body, { headers: { 'if-match': tag } })).status).toBe(412);
    expect((await act(what, body, { headers: { 'if-match': '7' } })).status).toBe(400);
    expect(store()).toBe(before);
    expect((await act(what, body, { headers: { 'if-match': `"${rev}"` } })).status).toBe(200);
  });

  it.each(acts)('%s of a schedule that is not there is not found', async (what, body) => {
    const { call } = await anApi();
    const answer = await call('POST', `/v1/schedules/other/${what}`, { as: 'operator', body });
    expect(answer).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });

  const unusable: [string, unknown, string, string][] = acts.flatMap(([what, body]) => [
    [what, { ...body, reason: 7 }, 'reason', 'wrong_kind'],
    [what, { ...body, reason: '' }, 'reason', 'text_length'],
    [what, { ...body, reason: ' \n' }, 'reason', 'text_empty'],
    [what, { ...body, reason: 'x'.repeat(501) }, 'reason', 'text_length'],
    [what, { ...body, reason: 'a\u0007' }, 'reason', 'control_character'],
    [what, { ...body, dryRun: 'yes' }, 'dryRun', 'wrong_kind'],
    [what, { ...body, why: 'x' }, 'why', 'unknown_field'],
    [what, [], '', 'wrong_kind'],
    [what, 'null', '', 'wrong_kind'],
  ]);
  const unusableNotices: [string, unknown, string, string][] = acts
    .filter(([what]) => what !== 'send')
    .flatMap(([what, body]) => [
      [what, { ...body, notify: 7 }, 'notify', 'wrong_kind'],
      [what, { ...body, notify: '' }, 'notify', 'text_empty'],
      [what, { ...body, notify: '{{eventTim}}' }, 'notify', 'unknown_placeholder'],
      [what, { ...body, notify: 'a\u0000' }, 'notify', 'control_character'],
      [what, { ...body, notify: 'x'.repeat(401) }, 'notify', 'text_too_long'],
    ]);
  it.each([
    ...unusable,
    ...unusableNotices,
    ['pause', {}, 'reason', 'required'],
    ['pause', { reason, until: 'noon' }, 'until', 'not_an_instant'],
    ['pause', { reason, until: '2026-11-24T09:00:00Z' }, 'until', 'until_past'],
    ['pause', { reason, eventAt }, 'eventAt', 'unknown_field'],
    ['resume', { eventAt: '2026-11-25T10:00:00Z' }, 'eventAt', 'event_not_changed'],
    ['skip', { eventAt }, 'reason', 'required'],
    ['skip', { reason }, 'eventAt', 'required'],
    ['skip', { reason, eventAt: '2026-11-24T10:00:00' }, 'eventAt', 'not_an_instant'],
    ['skip', { reason, eventAt: '2026-11-24T10:00:01Z' }, 'eventAt', 'event_unknown'],
    ['skip', { reason, eventAt: '2026-11-23T10:00:00Z' }, 'eventAt', 'event_past'],
    ['postpone', { eventAt, by: '1h' }, 'reason', 'required'],
    ['postpone', { reason, by: '1h' }, 'eventAt', 'required'],
    ['postpone', { reason, eventAt }, '', 'to_or_by'],
    ['postpone', { reason, eventAt, by: '1h', to: '2026-11-24T11:00:00Z' }, '', 'to_or_by'],
    ['postpone', { reason, eventAt, by: 'soon' }, 'by', 'not_a_duration'],
    ['postpone', { reason, eventAt, by: '0m' }, 'by', 'duration_range'],
    ['postpone', { reason, eventAt, by: '367d' }, 'by', 'duration_range'],
    ['postpone', { reason, eventAt, to: '2026-11-24T08:00:00Z' }, 'to', 'move_past'],
    ['postpone', { reason, eventAt, to: '2028-11-24T08:00:00Z' }, 'to', 'move_far'],
    ['postpone', { reason, eventAt, to: '2026-11-24T10:00:00.999Z' }, 'to', 'move_nowhere'],
    ['send', { reason, notify: 'x' }, 'notify', 'unknown_field'],
    ['send', { reason, eventAt: '2026-11-24T10:00:01Z' }, 'eventAt', 'event_unknown'],
    ['send', {}, 'reason', 'required'],
  ])('%s of %j is refused at %s as %s, and changes nothing', async (what, body, place, code) => {
    const { act, clock, store } = await anApiFor(what);
    // Late enough for a careless act to plan something first.
    clock.moveTo(start + 29 * minute);
    const before = store();
    const answer = await act(what, body);
    expect(answer).toMatchObject({ status: 400, body: { problems: [{ path: place, code }] } });
    expect(store()).toBe(before);
  });

  it('tells all that is wrong at once', async () => {
    const { act } = await anApi();
    const { body } = await act('postpone', { eventAt: 'x', by: 'y', notify: '{{z}}', what: 1 });
    expect(body.problems.map((found: { path: string }) => found.path).sort()).toEqual([
      'by',
      'eventAt',
      'notify',
      'reason',
      'what',
    ]);
  });
});

describe('a pause', () => {
  it('stands in the schedule while it holds, and a PUT neither reads nor ends it', async () => {
    const { act, call, clock, status } = await anApi();
    await act('pause', { reason, until: '2026-11-24T18:00:00+08:00' });
    const pause = { by: 'a-operator', at: '2026-11-24T09:00:00.000Z', why: reason, until: eventAt };
    expect((await status()).pause).toEqual(pause);
    const { body: got } = await call('GET', path);
    expect((await call('PUT', path, { body: { ...got, message: 'New.' } })).status).toBe(200);
    expect((await call('GET', '/v1/schedules')).body.items[0].status.pause).toEqual(pause);
    clock.moveTo(event);
    expect(await status()).not.toHaveProperty('pause');
  });

  it('sends nothing but its notice, which tells the time of what was warned of', async () => {
    const { act, runUntil, texts } = await anApi();
    await runUntil(event - 20 * minute);
    const { body } = await act('pause', { reason, notify: 'Not at {{eventTime}} after all.' });
    expect(body.alreadyWarned).toEqual(['finance']);
    await runUntil(event);
    expect(texts()).toEqual(['10:00 in 30', 'Not at 10:00 after all.']);
  });

  it('ends with a resume, which needs no body', async () => {
    const { act, status } = await anApi();
    await act('pause', { reason });
    expect((await act('resume')).body).toMatchObject({ rev: 3, warnings: [] });
    expect(await status()).not.toHaveProperty('pause');
    expect((await act('resume')).body).toMatchObject({ rev: 3, warnings: [] });
    const again = await act('resume', { reason: 'again' });
    expect(again.body).toMatchObject({ rev: 3, warnings: [{ code: 'not_paused' }] });
  });
});

describe('an exception', () => {
  it('stands in the schedule until it is resumed', async () => {
    const { act, status, call } = await anApi();
    await act('postpone', { reason, eventAt, to: '2026-11-24T11:30:00.500Z' });
    await act('skip', { reason, eventAt: '2026-11-25T10:00:00Z' });
    const moved = { eventAt, movedTo: '2026-11-24T11:30:00.000Z' };
    expect((await status()).exceptions).toEqual([moved, { eventAt: '2026-11-25T10:00:00.000Z' }]);
    const { body: got } = await call('GET', path);
    expect((await call('PUT', path, { body: got })).headers.ETag).toBe('"3"');
    await act('resume', { eventAt: '2026-11-24T11:30:00Z' });
    await act('resume', { eventAt: '2026-11-25T10:00:00Z' });
    expect((await status()).exceptions).toEqual([]);
  });

  it('can be announced in several languages', async () => {
    const { act, runUntil, texts } = await anApi();
    await runUntil(event - 29 * minute);
    const notify = [
      { locale: 'zh-CN', text: '改到{{eventTime}}。' },
      { locale: 'en', text: 'Moved to {{eventTime}}.' },
    ];
    await act('postpone', { reason, eventAt, by: '1h', notify });
    await runUntil(event - 28 * minute);
    expect(texts()).toEqual(['10:00 in 30', '改到11:00。\n\nMoved to 11:00.']);
  });

  it('shows what it sent as a notice', async () => {
    const { act, call, runUntil } = await anApi();
    await runUntil(event - 29 * minute);
    await act('skip', { reason, eventAt, notify: 'Cancelled.' });
    await runUntil(event);
    const { items } = (await call('GET', '/v1/deliveries')).body;
    expect(
      items.map((item: Record<string, unknown>) => [item.leadTime, item.state, item.reasonCode]),
    ).toEqual([
      ['10m', 'skipped', 'skipped'],
      ['notice', 'delivered', 'all_succeeded'],
      ['30m', 'delivered', 'all_succeeded'],
    ]);
  });
});

describe('sending now', () => {
  const key = { headers: { 'idempotency-key': 'deploy-7' } };

  it('happens once for one key, with one answer', async () => {
    const { act, runUntil, texts } = await anApi();
    const first = await act('send', { reason }, key);
    const again = await act('send', { reason }, key);
    expect(again).toEqual(first);
    await runUntil(start + minute);
    expect(texts()).toEqual(['10:00 in 60']);
  });

  it('refuses a key that stood for another request, and changes nothing', async () => {
    const { act, clock, store } = await anApi();
    await act('send', { reason }, key);
    clock.moveTo(start + 29 * minute);
    const before = store();
    const answer = await act('send', { reason: 'Another.' }, key);
    expect(answer).toMatchObject({ status: 422, body: { code: 'KEY_REUSED' } });
    expect(store()).toBe(before);
  });

  it('tells the time that a postponed event has now', async () => {
    const { act, runUntil, texts } = await anApi();
    await act('postpone', { reason, eventAt, by: '1h' });
    await act('send', { reason, eventAt });
    await runUntil(start + minute);
    expect(texts()).toEqual(['11:00 in 120']);
  });
});

describe('POST /v1/notifications', () => {
  const body = { pools: ['finance', 'support'], message: 'The network fails.' };
  const notify = (api: ReturnType<typeof createApi>, more: object = {}, headers = {}) =>
    api.call('POST', '/v1/notifications', { as: 'operator', body: { ...body, ...more }, headers });

  it('sends a text now, and answers under which schedule it is kept', async () => {
    const api = createApi();
    await api.prove();
    const answer = await notify(api);
    expect(answer).toMatchObject({ status: 201 });
    const { scheduleId } = answer.body;
    expect(answer.body).toEqual({ scheduleId, goingOut: [], alreadyWarned: [], warnings: [] });
    await api.workDue();
    expect(api.workspace.sent.map(({ text }) => text)).toEqual([body.message, body.message]);
    const { items } = (await api.call('GET', `/v1/deliveries?schedule=${scheduleId}`)).body;
    expect(items).toHaveLength(2);
  });

  it('is answered 201 once and then 200 for one key, and sent once', async () => {
    const api = createApi();
    await api.prove();
    const key = { 'idempotency-key': 'deploy-7' };
    const first = await notify(api, {}, key);
    await api.workDue();
    api.clock.moveTo(start + 5 * second);
    const again = await notify(api, {}, key);
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body.scheduleId).toBe(first.body.scheduleId);
    const other = await notify(api, { message: 'Other.' }, key);
    expect(other).toMatchObject({ status: 422, body: { code: 'KEY_REUSED' } });
    await api.runUntil(start + minute);
    expect(api.workspace.sent).toHaveLength(2);
  });

  it('is sent once when two requests with one key come at the same time', async () => {
    const api = createApi();
    await api.prove();
    const key = { 'idempotency-key': 'deploy-7' };
    const answers = await Promise.all([
      notify(api, {}, key),
      notify(api, {}, key),
      notify(api, { pools: ['finance'] }, key),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 201, 422]);
    await api.runUntil(start + minute);
    expect(api.workspace.sent.length).toBeLessThanOrEqual(2);
  });

  it('warns of lead times that are past', async () => {
    const about = { eventAt: '2026-11-24T09:10:00Z', leadTimes: ['15m', '5m'], timeZone: 'Asia/Shanghai' };
    const { status, body: answer } = await notify(createApi(), { ...about, message: '{{timeLeft}}' });
    expect(status).toBe(201);
    expect(answer.warnings).toMatchObject([{ code: 'lead_time_past', path: 'leadTimes[0]' }]);
  });

  it.each([
    ['now', '2026-11-01T06:30:00Z', {}],
    ['about an event', '2026-11-01T06:00:00Z', { eventAt: '2026-11-01T06:30:00Z' }],
  ])('%s is told in the hour that the clocks repeat', async (_, startAt, more) => {
    const api = createApi({ startAt: Date.parse(startAt) });
    await api.prove();
    const answer = await notify(api, { ...more, timeZone: 'America/New_York', message: '{{eventTime}}' });
    expect(answer.body.warnings).toEqual([]);
    await api.runUntil(Date.parse('2026-11-01T07:30:00Z'));
    expect(api.workspace.sent).toMatchObject(
      Array(2).fill({ at: Date.parse('2026-11-01T06:30:00Z'), text: '01:30' }),
    );
  });

  it.each([
    [{ pools: [] }, 'pools', 'list_length'],
    [{ message: '{{when}}' }, 'message', 'unknown_placeholder'],
    [{ locale: 'xx-nowhere' }, 'locale', 'unknown_locale'],
    [{ timeZone: 'CST' }, 'timeZone', 'zone_abbreviation'],
    [{ eventAt: 'soon' }, 'eventAt', 'not_an_instant'],
    [{ eventAt: '9999-12-31T23:59:59Z', timeZone: 'Asia/Shanghai' }, 'eventAt', 'event_years'],
    [{ leadTimes: ['10m'] }, 'leadTimes', 'lead_times_without_event'],
    [{ cron: '* * * * *' }, 'cron', 'unknown_field'],
  ])('refuses %j, and keeps nothing', async (more, place, code) => {
    const api = createApi();
    const before = storedRows(api);
    const answer = await notify(api, more);
    expect(answer).toMatchObject({ status: 400, body: { problems: [{ path: place, code }] } });
    expect(storedRows(api)).toBe(before);
  });

  it.each([[''], ['a b'], ['é'], ['x'.repeat(201)], ['a\tb']])('refuses the key "%s"', async (key) => {
    const problems = [{ path: 'Idempotency-Key', code: 'bad_key' }];
    const answer = await notify(createApi(), {}, { 'idempotency-key': key });
    expect(answer).toMatchObject({ status: 400, body: { problems } });
    const { act } = await anApi();
    expect(await act('send', { reason }, { headers: { 'idempotency-key': key } })).toMatchObject({
      status: 400,
      body: { problems },
    });
  });

  it('warns when nothing leaves because the gate is closed, as every act does that tells people', async () => {
    const api = await anApi();
    await api.runUntil(event - 20 * minute);
    const refused = new HuaweiCredentialsError('the key is disabled');
    await api.runtime.gatekeeper.failed('send', refused);
    const told = { reason, eventAt, notify: 'It is cancelled.' };
    const text = { pools: ['finance'], message: 'Save your work.' };
    const answers = [
      await api.call('POST', '/v1/notifications', { as: 'operator', body: text }),
      await api.act('send', { reason }),
      await api.act('skip', told),
    ];
    for (const { body } of answers) {
      expect(body.warnings).toContainEqual(
        expect.objectContaining({
          code: 'gate_closed',
          message: expect.stringContaining('Huawei refuses the credentials: the key is disabled'),
        }),
      );
    }
    expect((await api.act('pause', { reason })).body.warnings).toEqual([]);
  });

  it('is not brought down by JSON that is nested deeply', async () => {
    const deep = `{"pools": ["a"], "message": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect((await createApi().call('POST', '/v1/notifications', { body: deep })).status).toBe(400);
  });
});
