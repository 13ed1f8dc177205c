import { InvalidInputError } from '../lib/domain/codes/errors.ts';
import { escapeControls } from '../lib/domain/input/characters.ts';
import { closest } from '../lib/domain/input/spelling.ts';
import { CommandError, describeRepeat, inputError, UsageError } from './failure.ts';
import type { Command, ExitCode, Terminal } from './terminal.ts';

type Verb = { usage: string; does: string; load: () => Promise<Command> };

/** Each command is loaded when it is asked for, so that none waits for the others. */
const verbs: Readonly<Record<string, Verb>> = {
  next: {
    usage: 'next CRON [--tz ZONE] [--from INSTANT] [--count N]',
    does: 'when a cron expression fires; needs no server',
    load: async () => (await import('./commands/next.ts')).next,
  },
  preview: {
    usage: 'preview FILE [--schedule ID] [--from INSTANT] [--to INSTANT] [--count EVENTS]',
    does: 'what a schedule file would send for its next 5 events; needs no server',
    load: async () => (await import('./commands/preview.ts')).previewFile,
  },
  rehearse: {
    usage: 'rehearse FILE --from INSTANT --to INSTANT [--faults FILE]',
    does: 'plays a window of time through the real planner and sender; needs no server and sends nothing',
    load: async () => (await import('./commands/rehearse.ts')).rehearseFile,
  },
  apply: {
    usage: 'apply FILE [--idempotency-key KEY]',
    does: 'makes the stored schedules what the file says',
    load: async () => (await import('./commands/apply.ts')).applyFile,
  },
  schedules: {
    usage: 'schedules',
    does: 'the stored schedules',
    load: async () => (await import('./commands/schedules.ts')).listSchedules,
  },
  pause: {
    usage: 'pause ID --reason TEXT [--until INSTANT] [--notify TEXT] [--dry-run] [--idempotency-key KEY]',
    does: 'lets nothing of a schedule go out any more',
    load: async () => (await import('./commands/acts.ts')).pauseSchedule,
  },
  resume: {
    usage: 'resume ID [--event INSTANT] [--reason TEXT] [--notify TEXT] [--dry-run] [--idempotency-key KEY]',
    does: 'ends a pause; with --event it undoes what was done to that event',
    load: async () => (await import('./commands/acts.ts')).resumeSchedule,
  },
  skip: {
    usage: 'skip ID --event INSTANT --reason TEXT [--notify TEXT] [--dry-run] [--idempotency-key KEY]',
    does: 'lets one event pass without its notifications',
    load: async () => (await import('./commands/acts.ts')).skipEvent,
  },
  postpone: {
    usage:
      'postpone ID --event INSTANT (--to INSTANT | --by DURATION) --reason TEXT [--notify TEXT] [--dry-run] [--idempotency-key KEY]',
    does: 'moves one event, and its warnings with it',
    load: async () => (await import('./commands/acts.ts')).postponeEvent,
  },
  send: {
    usage:
      'send ID --reason TEXT [--event INSTANT] [--dry-run] [--idempotency-key KEY] | send --pool NAME --message TEXT [--at INSTANT] [--lead DURATION] [--time-zone ZONE] [--locale TAG] [--idempotency-key KEY]',
    does: "sends a schedule's message now, or a text of its own to any pools (--pool and --lead may be repeated)",
    load: async () => (await import('./commands/send.ts')).send,
  },
  audit: {
    usage: 'audit [--schedule ID] [--pool NAME] [--from INSTANT] [--to INSTANT] [--limit N] [--cursor C]',
    does: 'who did what to which schedule, and why; the latest first',
    load: async () => (await import('./commands/audit.ts')).listActs,
  },
  deliveries: {
    usage:
      'deliveries [ID | [--schedule ID] [--pool NAME] [--state STATE] [--from INSTANT] [--to INSTANT] [--limit N] [--cursor C]]',
    does: 'what was sent, to whom, and what came of it; the latest 50 first, or one in full',
    load: async () => (await import('./commands/deliveries.ts')).deliveries,
  },
  pools: {
    usage: 'pools',
    does: "Huawei's desktop pools",
    load: async () => (await import('./commands/pools.ts')).listPools,
  },
  export: {
    usage: 'export',
    does: 'everything that the store holds, one line of JSON each; needs no server; run it while nothing is sending',
    load: async () => (await import('./commands/copy.ts')).exportAll,
  },
  import: {
    usage: 'import FILE',
    does: 'writes what was exported into another store: the one of DESKBELL_TABLE_NAME, or of DESKBELL_DATA_DIR',
    load: async () => (await import('./commands/copy.ts')).importFile,
  },
  doctor: {
    usage: 'doctor',
    does: "whether this installation is fit; run it with the server's environment, it sends nothing",
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
};

/** Runs one command line; never throws for what its user did. */
export async function main(args: string[], bare: Terminal): Promise<ExitCode> {
  const terminal = withoutControls(bare);
  const [name = '', ...rest] = args;
  // What follows a lone `--` are words.
  const isJson = args.slice(0, args.includes('--') ? args.indexOf('--') : args.length).includes('--json');
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (['', 'help', '--help', '-h'].includes(name)) return help(terminal, name === '' ? 2 : 0);
  try {
    if (verb === undefined) throw new UsageError(`"${name}" is not a command${hintFor(name)}`);
    if (rest.includes('--help') || rest.includes('-h')) return helpFor(verb, terminal);
    return await (await verb.load())(rest, terminal);
  } catch (cause) {
    const error = cause instanceof InvalidInputError ? inputError(cause.problems) : cause;
    if (!(error instanceof CommandError)) throw cause;
    return report(error, verb, isJson, terminal);
  }
}

/** What Huawei, a file or a server says must not command the terminal that it is printed on. */
function withoutControls(terminal: Terminal): Terminal {
  const clean = (text: string) => escapeControls(text, '\n\t');
  return {
    ...terminal,
    print: (text) => terminal.print(clean(text)),
    complain: (text) => terminal.complain(clean(text)),
  };
}

function report(
  error: CommandError,
  verb: Verb | undefined,
  isJson: boolean,
  { print, complain }: Terminal,
): ExitCode {
  const { message, problems, exitCode, key } = error;
  if (isJson) {
    const told = { problems: problems.length > 0 ? problems : [{ message }] };
    print(JSON.stringify(key === undefined ? told : { ...told, idempotencyKey: key.text }));
  } else complain(key === undefined ? message : `${message}\n${describeRepeat(key)}`);
  if (error instanceof UsageError)
    complain(
      verb === undefined ? 'deskbell --help lists the commands' : `usage: deskbell ${verb.usage} [--json]`,
    );
  return exitCode;
}

function hintFor(name: string): string {
  const hint = closest(name, Object.keys(verbs));
  return hint === undefined ? '' : `; did you mean ${hint}?`;
}

function helpFor({ usage, does }: Verb, { print }: Terminal): ExitCode {
  print(`usage: deskbell ${usage} [--json]\n\n${does}`);
  return 0;
}

function help({ print, complain }: Terminal, exitCode: ExitCode): ExitCode {
  const commands = Object.values(verbs).map(({ usage, does }) => `  ${usage}\n      ${does}`);
  const text = [
    'usage: deskbell COMMAND [--json]',
    '',
    ...commands,
    '',
    'INSTANT is like 2026-12-05T22:00:00Z or 2026-12-05T22:00:00-03:00, DURATION like 90s, 15m, 2h or 1d.',
    'KEY is 1 to 200 visible ASCII characters: a command that is repeated with the same KEY takes effect once.',
    'DESKBELL_URL says where Deskbell runs (http://localhost:3000), DESKBELL_TOKEN who you are',
    '(else the file "token" in DESKBELL_DATA_DIR, which is .deskbell).',
    'Exit codes: 0 success, 1 failure, 2 usage error.',
  ].join('\n');
  (exitCode === 0 ? print : complain)(text);
  return exitCode;
}
