/**
 * Why a delivery is in its state: the closed list of reason codes, each with its sentence.
 *
 * `params` let a client say it in another language.
 */
const reasonTexts = {
  all_succeeded: (p: { total: number }) => `Huawei reports success for all ${p.total} desktops`,
  some_failed: (p: { failed: number; total: number }) => `${p.failed} of ${p.total} desktops failed`,
  all_failed: (p: { total: number }) => `all ${p.total} desktops failed`,
  no_desktop: (_: object) => 'the job held no desktop: the pool is empty, or none could be reached',
  job_failed: (p: { detail: string }) => `Huawei reports that the job failed: ${p.detail}`,
  job_succeeded: (p: { detail: string }) =>
    `Huawei reports success for the job as a whole; its desktops could not be read: ${p.detail}`,
  desktops_unreadable: (p: { detail: string }) =>
    `the job has ended, and its desktops could not be read: ${p.detail}`,
  job_not_ended: (p: { status: string }) =>
    `the job had not ended when last asked; its status was ${p.status}`,
  job_unreadable: (p: { detail: string }) => `the job could not be read: ${p.detail}`,

  refused: (p: { detail: string }) => `Huawei refused it: ${p.detail}`,
  unknown_pool: (p: { pool: string }) =>
    `no pool is called ${p.pool}; correct the schedule or look the name up with "deskbell pools"`,
  unusable_text: (p: { detail: string }) => `the text could not be sent: ${p.detail}`,

  missed: (_: object) =>
    'Deskbell was not running, or not fast enough, before the deadline, or its clock jumped past it',
  rate_limit: (p: { perMinute: number }) =>
    `more deliveries were due than the limit of ${p.perMinute} a minute lets through before the deadline`,
  key_unproven: (_: object) =>
    'the key had not been accepted by Huawei yet, and one request at a time tries it',
  key_unreadable: (p: { detail: string }) => `the access key could not be read: ${p.detail}`,
  credentials: (p: { detail: string }) => `Huawei refuses the credentials: ${p.detail}`,
  clock: (p: { detail: string }) => `Huawei refuses the time of this machine's clock: ${p.detail}`,
  throttled: (_: object) => 'Huawei throttled this connection',
  unavailable: (p: { detail: string }) => `Huawei could not be reached or was not ready: ${p.detail}`,
  guard: (_: object) => 'too little time was left to send it safely',

  changed: (_: object) => 'the schedule was changed and no longer asks for it',
  deleted: (_: object) => 'the schedule was deleted',
  disabled: (_: object) => 'the schedule is disabled',
  paused: (p: { by: string; why: string }) => `the schedule is paused by ${p.by}: ${p.why}`,
  skipped: (_: object) => 'this event is skipped',
  postponed: (p: { to: string }) => `this event is postponed to ${p.to}`,
  calendar: (p: { calendar: string }) => `the calendar ${p.calendar} excludes that day`,

  superseded: (p: { action: string; by: string; at: string }) =>
    `it had not left when ${p.by} decided otherwise (${p.action} at ${p.at})`,
  same_pool: (p: { pool: string; scheduleId: string }) =>
    `the same pool was told as ${p.pool} of ${p.scheduleId}`,
  decided_before: (p: { deliveryId: string }) =>
    `it was planned under the former id of the schedule as well, and decided there: see ${p.deliveryId}`,
  follows_text: (_: object) => 'an earlier text about the same event goes first',
  not_warned: (_: object) => 'nobody of the pool was warned after all: the warning was stopped in time',

  no_answer: (p: { detail: string }) => `the request may have arrived: ${p.detail}`,
  interrupted: (_: object) => 'the sender stopped while its request was under way; it may have arrived',
} as const;

type Texts = typeof reasonTexts;

export type ReasonCode = keyof Texts;
export type Reason = { readonly code: ReasonCode; readonly params: Record<string, unknown> };

export function reason<C extends ReasonCode>(code: C, params: Parameters<Texts[C]>[0]): Reason {
  return { code, params: { ...params } };
}

/** The reason as an English sentence; one that another version stored, and that this one cannot say, by its code. */
export function sayReason({ code, params }: Reason): string {
  if (!Object.hasOwn(reasonTexts, code) || params === undefined) return `${code} (of another version)`;
  const text = reasonTexts[code] as (params: Record<string, unknown>) => string;
  return text(params);
}
