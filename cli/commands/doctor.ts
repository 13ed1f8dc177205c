import { examine, untested } from '../../local/doctor/examine.ts';
import { type Finding, ok, trouble, warning } from '../../local/doctor/finding.ts';
import { readToken } from '../client.ts';
import { readOptions } from '../options.ts';
import { either, is, listOf, number, object, optional, text } from '../shape.ts';
import type { Command, Terminal } from '../terminal.ts';

const signs = { ok: 'ok     ', warning: 'WARNING', problem: 'PROBLEM' } as const;
const patienceMs = 5_000;

/** `deskbell doctor`: whether an installation is fit; run it with the server's environment. */
export const doctor: Command = async (args, terminal) => {
  const { json } = readOptions(args, []);
  const { environment, now } = terminal;
  const findings = [...(await examine(environment, now)), ...(await checkServer(terminal))];
  terminal.print(json ? JSON.stringify({ findings, untested }) : describe(findings));
  return findings.some(({ level }) => level === 'problem') ? 1 : 0;
};

function describe(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ check, level, message, advice }) => [
    `${signs[level]}  ${check}: ${message}`,
    ...(advice === undefined ? [] : [`         → ${advice}`]),
  ]);
  return [
    ...lines,
    '',
    'Not tested, because it would send something:',
    ...untested.map((what) => `- ${what}`),
  ].join('\n');
}

type Health = {
  status?: string;
  lastTickAt: string | null;
  planErrors?: { scheduleId: string; message: string }[];
  gate?: { state: 'open' } | ClosedGate;
  store?: StoreHealth;
};

type StoreHealth = { failedWrites: number; reason?: string };
type ClosedGate = { state: 'closed'; until: string; reason: string };

const openGate = object<{ state: 'open' }>({ state: is('open') });
const closedGate = object<ClosedGate>({ state: is('closed'), until: text, reason: text });
const healthShape = object<Health>({
  status: optional(text),
  lastTickAt: either(text, is(null)),
  planErrors: optional(
    listOf(object<{ scheduleId: string; message: string }>({ scheduleId: text, message: text })),
  ),
  gate: optional(either(openGate, closedGate)),
  store: optional(object<StoreHealth>({ failedWrites: number, reason: optional(text) })),
});

async function checkServer(terminal: Terminal): Promise<Finding[]> {
  const { DESKBELL_URL: url = 'http://localhost:3000' } = terminal.environment;
  const address = URL.parse('/v1/health', url);
  if (address === null)
    return [trouble('server', 'DESKBELL_URL is not a URL', 'write it as in http://localhost:3000')];
  // Without what else a URL may hold: a password.
  const where = address.origin;
  const { text } = readToken(terminal, address);
  const health =
    (text === undefined ? undefined : await askHealth(terminal, address.href, text)) ??
    (await askHealth(terminal, address.href));
  if (health === undefined)
    return [
      warning('server', `no Deskbell answers at ${where}`, 'start it with npm start, or set DESKBELL_URL'),
    ];
  return describeHealth(where, health);
}

async function askHealth(
  { fetch }: Terminal,
  address: string,
  token?: string,
): Promise<{ status: number; body: unknown } | undefined> {
  try {
    const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    const response = await fetch(address, { headers, signal: AbortSignal.timeout(patienceMs) });
    // What it says without a token is better than nothing.
    if (response.status === 401) return undefined;
    return { status: response.status, body: (await response.json()) as unknown };
  } catch {
    return undefined;
  }
}

function describeHealth(where: string, { status, body }: { status: number; body: unknown }): Finding[] {
  if (!healthShape(body))
    return [trouble('server', `${where} answers ${status}, but not as Deskbell does`, 'set DESKBELL_URL')];
  const { status: word, lastTickAt, planErrors = [], gate, store } = body as Health;
  return [
    status === 200
      ? ok('server', `Deskbell runs at ${where}; its planner last ran at ${lastTickAt}`)
      : trouble(
          'server',
          `the planner of ${where} does not run; the last time was ${lastTickAt ?? 'never'}`,
          'look at its log for tick-failed, then start it again',
        ),
    ...planErrors.map(({ scheduleId, message }) =>
      trouble(
        'server',
        `the schedule ${scheduleId} cannot be planned: ${message}`,
        'save it again, corrected',
      ),
    ),
    ...(word === 'degraded' && gate === undefined
      ? [warning('server', 'something does not go out', 'set DESKBELL_TOKEN to see what')]
      : []),
    ...(store?.reason === undefined
      ? []
      : [
          trouble(
            'server',
            `nothing can be written, ${store.failedWrites} writes have failed, and nothing goes out: ${store.reason}`,
            'make room on its disk, or do what the message says',
          ),
        ]),
    ...(gate?.state === 'closed'
      ? [warning('server', `nothing goes to Huawei until ${gate.until}: ${gate.reason}`, 'see above')]
      : []),
  ];
}
